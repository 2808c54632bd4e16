// A and B, beside each other or one over the other with a slider between them. Texts stand beside each other,
// with the words marked that the other has not; sounds are heard when pointed at.
const MOST = 420; // pixels a side
const SOUND_S = 1.024;
const NAMES = ['a', 'b'];
const $ = (s) => element.querySelector(s);
const wipe = $('.wipe');
const over = $('.wiped canvas');
let sides = []; // {value, image, name}
let mode = 'beside';
let latest = 0;

export async function show(answer, names) {
  const mine = ++latest;
  const values = NAMES.map((name) => answer[name]);
  const images = await Promise.all(values.map(({src}) => tgan.picture(src)));
  if (mine !== latest) return;
  sides = values.map((value, i) => ({value, image: images[i], name: names[i]}));
  const texts = values.every((value) => value.texts);
  $('.modes').hidden = texts;
  if (texts) sayTexts();
  drawSides();
}

function sayTexts() {
  const [a, b] = sides.map(({value}) => value.texts[0]);
  for (const [name, text, other] of [
    ['a', a, b],
    ['b', b, a],
  ]) {
    const said = tgan.changed(text, other).map(([part, isNew]) => {
      if (!isNew) return document.createTextNode(part);
      return Object.assign(document.createElement('mark'), {textContent: part});
    });
    $(`[data-side=${name}] .text`).replaceChildren(...said);
  }
}

export function drawSides() {
  if (sides.length < 2) return;
  const isOver = mode === 'over' && !sides[0].value.texts;
  $('.sides').hidden = isOver;
  $('.wiped').hidden = !isOver;
  if (isOver) return drawOver();
  sides.forEach(({value, image, name}, i) => {
    const box = $(`[data-side=${NAMES[i]}]`);
    const button = box.querySelector('button');
    box.querySelector('figcaption').textContent = name;
    button.hidden = !!value.texts;
    box.querySelector('.text').hidden = !value.texts;
    button.setAttribute('aria-label', name);
    if (!value.texts) paint(button.firstChild, value, image, box.clientWidth);
  });
}

const sizeOf = ({w, h}, room) => {
  const most = Math.max(80, Math.min(MOST, room));
  const whole = tgan.wholeSize(w, most);
  const width = whole < 0.85 * most ? most : whole;
  return [width, (width * h) / w];
};

function paint(canvas, value, image, room) {
  const [width, height] = sizeOf(value, room);
  const context = tgan.crisp(canvas, width, height);
  tgan.smooth(context, image);
  tgan.put(context, image, value, 0, 0, 0, width, height);
}

// A left of the slider, B right of it, both as large as A
function drawOver() {
  const [width, height] = sizeOf(sides[0].value, $('.wiped').clientWidth);
  const context = tgan.crisp(over, width, height);
  const edge = (width * Number(wipe.value)) / 100;
  wipe.style.width = width + 'px';
  for (const [i, left, right] of [
    [0, 0, edge],
    [1, edge, width],
  ]) {
    if (right <= left) continue;
    const {value, image} = sides[i];
    context.save();
    context.beginPath();
    context.rect(left, 0, right - left, height);
    context.clip();
    tgan.smooth(context, image);
    tgan.put(context, image, value, 0, 0, 0, width, height);
    context.restore();
  }
  context.fillStyle = tgan.css('--tg-accent');
  context.fillRect(Math.round(edge) - 1, 0, 2, height);
  over.setAttribute('aria-label', sides.map(({name}) => name).join(' | '));
}

NAMES.forEach((name, i) => {
  const hear = () => {
    const sounds = sides[i]?.image.sounds;
    if (sounds) tgan.hear(sounds[0], SOUND_S).catch(() => {});
  };
  const button = $(`[data-side=${name}] button`);
  for (const kind of ['pointerenter', 'focus', 'click']) button.addEventListener(kind, hear);
});
element.querySelectorAll('[data-mode]').forEach((button) =>
  button.addEventListener('click', () => {
    mode = button.dataset.mode;
    element
      .querySelectorAll('[data-mode]')
      .forEach((one) => one.setAttribute('aria-pressed', one.dataset.mode === mode));
    drawSides();
  }),
);
wipe.addEventListener('input', drawSides);
const drag = (event) => {
  if (!event.buttons) return;
  const room = over.getBoundingClientRect();
  wipe.value = Math.min(100, Math.max(0, (100 * (event.clientX - room.left)) / room.width));
  drawSides();
};
over.addEventListener('pointerdown', drag);
over.addEventListener('pointermove', drag);
tgan.onLook(drawSides);
tgan.watchSize(element);
tgan.clock.listen(() => {
  if (sides.some(({image}) => image.frames > 1)) drawSides();
}, element);
