// Two models blended: the same seeds, with G's weights a share of the way from the model in view to another.
import {newest} from './newest.js';

const $ = (s) => element.querySelector(s);
const menu = $('.other');
const slider = $('.share');
const status = $('.status');
const canvas = $('.samples');
let call = null;
let image = null;
let shown = null;
let asked = '';

const ask = newest(async () => {
  const share = Number(slider.value);
  const answer = await call('blend', {other: menu.value, share});
  status.classList.toggle('bad', !!answer.error);
  status.textContent = answer.error ?? '';
  if (answer.error) return;
  image = await tgan.picture(answer.src);
  shown = answer;
  draw();
  canvas.dataset.share = answer.share;
});

function draw() {
  if (!shown || !$('.blend').open) return;
  const texts = shown.texts ?? [];
  canvas.hidden = texts.length > 0;
  $('.texts').replaceChildren(
    ...texts.map((text) => Object.assign(document.createElement('p'), {dir: 'auto', textContent: text})),
  );
  if (texts.length) return;
  const {n, cols, w, h} = shown;
  const width = tgan.wholeSize(cols * w, Math.min(480, $('.blend').clientWidth));
  const side = width / cols;
  const tall = (side * h) / w;
  const context = tgan.crisp(canvas, width, Math.ceil(n / cols) * tall);
  tgan.smooth(context, image);
  for (let i = 0; i < n; i++)
    tgan.put(context, image, shown, i, (i % cols) * side, Math.floor(i / cols) * tall, side, tall);
  canvas.setAttribute('aria-label', tgan.t('edit.blend.aria', {percent: Math.round(100 * shown.share)}));
}

// the models of this medium; those of another shape are listed with why not
export function offerBlends({blends}, how) {
  call = how;
  const before = menu.value;
  const option = ({id, title, apart}) => {
    const name = id.startsWith('run/') ? title : tgan.titleOf(id);
    const why = apart && tgan.t('edit.blend.apart', {name: apart[0], a: apart[1], b: apart[2]});
    return Object.assign(new Option(why ? `${name} (${why})` : name, id), {disabled: !!apart});
  };
  const able = blends.filter(({apart}) => !apart);
  menu.replaceChildren(
    new Option(tgan.t(able.length ? 'edit.blend.choose' : 'edit.blend.none'), ''),
    ...[...able, ...blends.filter(({apart}) => apart)].map(option),
  );
  menu.value = able.some(({id}) => id === before) ? before : '';
  begin();
}

function begin() {
  $('.mixing').hidden = !menu.value;
  if (!menu.value || !$('.blend').open) return;
  const now = JSON.stringify([menu.value, tgan.state]);
  if (now === asked) return;
  asked = now;
  ask();
}

Object.assign(slider, {step: 1 / fixed.steps, value: 0.5});
const told = () => ($('.mixing output').textContent = `${Math.round(100 * slider.value)} %`);
told();
menu.addEventListener('change', begin);
slider.addEventListener('input', () => {
  told();
  ask();
});
$('.blend').addEventListener('toggle', () => {
  begin();
  draw();
});
const hear = (event) => {
  if (!image?.sounds) return;
  const box = canvas.getBoundingClientRect();
  const {cols, n} = shown;
  const column = Math.floor((cols * (event.clientX - box.left)) / box.width);
  const row = Math.floor((Math.ceil(n / cols) * (event.clientY - box.top)) / box.height);
  const sound = image.sounds[row * cols + column];
  if (sound) tgan.hear(sound, 1.024).catch(() => {});
};
canvas.addEventListener('click', hear);
tgan.onLook(draw);
tgan.clock.listen(() => {
  if (image?.frames > 1) draw();
}, canvas);
