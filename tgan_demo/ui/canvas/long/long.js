// The chosen cell of the grid for many frames: played, scrubbed, saved.
// value = {part: "page", model, psi} | {part: "long", src, w, h, frames} | {part: "stop"}
//   | {part: "saving", share} | {part: "saved"}. fixed = {lengths, kinds}.
// Fires 'long' {row, col, frames} and 'film' {kind, row, col, frames}.
const $ = (s) => element.querySelector(s);
const box = $('.long');
const canvas = $('canvas');
const range = $('input');
const at = $('output');
const ROOM = 224;
let shown = null;
let image = null;
let frames = fixed.lengths[1] ?? fixed.lengths[0];
let asked = '';
let asking = false;
let again = false;
let latest = 0;
let saving = false;

async function take() {
  const value = props.value;
  if (value?.part === 'long') {
    const mine = ++latest;
    const next = await tgan.picture(value.src);
    if (mine !== latest) return;
    if (value.model === tgan.motion?.model) {
      image = next;
      shown = value;
      draw();
      canvas.dataset.drawn = asked;
    }
    rest();
  } else if (value?.part === 'stop') rest();
  else if (value?.part === 'saving')
    $('.status').textContent = tgan.t('long.saving', {percent: Math.round(100 * value.share) + ' %'});
  else if (value?.part === 'saved') {
    saving = false;
    buttons();
    $('.status').textContent = '';
  } else want();
}

const wanted = () => ({row: tgan.motion.row, col: tgan.motion.col, frames});

// draws only what is seen: the grid above changes often
function want() {
  if (!tgan.motion || !box.checkVisibility()) return;
  const key = JSON.stringify([tgan.motion.model, tgan.motion.psi, wanted()]);
  if (key === asked) return;
  if (asking) {
    again = true;
    return;
  }
  asked = key;
  asking = true;
  what();
  trigger('long', wanted());
}

function rest() {
  asking = false;
  if (again) {
    again = false;
    want();
  }
}

function draw() {
  if (!image) return;
  const side = tgan.wholeSize(shown.w, Math.min(ROOM, box.clientWidth));
  const high = (side * shown.h) / shown.w;
  const now = tgan.clock.frame(image.frames);
  const context = tgan.crisp(canvas, side, high);
  context.drawImage(image, 0, tgan.top(image, now), shown.w, shown.h, 0, 0, side, high);
  canvas.dataset.frame = now;
  range.max = image.frames - 1;
  range.value = now;
  at.textContent = `${now + 1} / ${image.frames}`;
  range.setAttribute('aria-valuetext', tgan.t('clock.at', {i: now + 1, n: image.frames}));
  canvas.setAttribute('aria-label', tgan.t('clock.at', {i: now + 1, n: image.frames}));
}

function what() {
  if (!tgan.motion) return;
  const {row, col} = tgan.motion;
  $('.what').textContent = tgan.t('long.what', {
    content: row.seed,
    motion: col.seed,
    n: frames,
    s: Math.round(frames / tgan.clock.fps),
  });
}

function buttons() {
  $('.lengths').replaceChildren(
    ...fixed.lengths.map((n) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = tgan.t('long.frames', {n});
      button.dataset.frames = n;
      button.setAttribute('role', 'radio');
      button.setAttribute('aria-checked', n === frames);
      button.tabIndex = n === frames ? 0 : -1;
      button.addEventListener('click', () => {
        frames = n;
        buttons();
        want();
        $(`[data-frames="${n}"]`).focus();
      });
      return button;
    }),
  );
  $('.saves').replaceChildren(
    $('.saves b'),
    ...fixed.kinds.map((kind) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.id = 'long-' + kind;
      button.textContent = tgan.t('walk.' + kind);
      button.disabled = saving;
      button.addEventListener('click', () => {
        if (!tgan.motion) return;
        saving = true;
        buttons();
        trigger('film', {kind, ...wanted()});
      });
      return button;
    }),
  );
}

$('.lengths').addEventListener('keydown', (event) => {
  const step = {ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1}[event.key];
  if (!step) return;
  const n =
    fixed.lengths[(fixed.lengths.indexOf(frames) + step + fixed.lengths.length) % fixed.lengths.length];
  $(`[data-frames="${n}"]`).click();
  event.preventDefault();
  event.stopPropagation();
});
range.addEventListener('input', () => tgan.clock.hold(Number(range.value)));
const words = () => {
  tgan.words(element);
  buttons();
  what();
};
words();
take();
watch('value', take);
document.addEventListener('tgan:motion', () => {
  what();
  want();
});
tgan.onLang(words);
tgan.onLook(() => {
  draw();
  want();
});
tgan.watchSize(box);
tgan.clock.listen(draw, box);
