// A sheet of pictures, nearest neighbour, a seed each: click or Enter loads one, arrows move.
// value = {src, cols, n, w, h, seeds, names, texts?, state?}; src holds the pictures edge to edge, row by
// row. A sheet with sounds plays one at a click on the big grid; what has frames plays, all in step (clock.js).
// fixed.kind: "hero" (the big grid), which tells the page its state and says when it has come to rest;
// "contact" (100 seeds); or "shown" (as big, and nothing of it can be loaded).
const canvas = element.querySelector('canvas');
const tip = element.querySelector('.tip');
const hero = fixed.kind === 'hero';
const big = hero || fixed.kind === 'shown';
const CLIP_S = 1.024;
const REST_MS = 250; // without another grid: then the hundred seeds are worth their time
let image = null;
let shown = null;
let grid = null;
let cursor = -1;
let hovered = -1;
let latest = 0;
let heard = null;
let resting = 0;

async function load() {
  const value = props.value;
  const mine = ++latest;
  if (hero && value?.state && !value.src) return told(value.state); // another tab is open: not drawn
  if (!value?.src) return;
  const next = await tgan.picture(value.src);
  if (mine !== latest) return; // a newer picture is on its way
  image = next;
  shown = value;
  if (cursor >= value.n) cursor = -1;
  draw();
  canvas.dataset.drawn = JSON.stringify(value.src).length + ':' + value.seeds[0];
  if (hero && value.state) {
    told(value.state);
    clearTimeout(resting);
    resting = setTimeout(() => trigger('rest'), REST_MS);
  }
}

function told(state) {
  tgan.drew(state);
  document.dispatchEvent(new CustomEvent('tgan:drew', {detail: state}));
}

function layout() {
  const room = Math.max(120, element.clientWidth);
  const cols = big ? Math.ceil(Math.sqrt(shown.n)) : shown.across || 10;
  const rows = Math.ceil(shown.n / cols);
  const gap = big ? (cols > 5 ? 4 : 6) : room < 330 ? 1 : 3;
  const tall = big
    ? heroRoom()
    : shown.across
      ? Infinity
      : Math.min(room, tgan.presents() ? innerHeight - 320 : room);
  const side = Math.min(
    (room - gap * (cols - 1)) / cols,
    ((tall - gap * (rows - 1)) / rows) * (shown.w / shown.h),
  );
  const whole = tgan.wholeSize(shown.w, side);
  // size is worth more than equal pixels on a projector, far away, and where it would be half
  const least = tgan.presents() ? 0.9 : big ? 0.7 : 0;
  const w = whole < least * side ? side : whole;
  const h = (w * shown.h) / shown.w;
  return {cols, rows, gap, w, h, width: cols * w + gap * (cols - 1), height: rows * h + gap * (rows - 1)};
}

// how high the big grid may be, so that it is whole on the screen with the sentence below it
const heroRoom = () => Math.max(300, tgan.presents() ? innerHeight - 150 : Math.min(720, innerHeight - 250));

const sounds = () => image.sounds ?? shown.sounds;
const cell = (i) => [(i % grid.cols) * (grid.w + grid.gap), Math.floor(i / grid.cols) * (grid.h + grid.gap)];

function draw() {
  if (!shown) return;
  element.querySelector('.frame').classList.toggle('long', !big && !!shown.across);
  grid = layout();
  const context = tgan.crisp(canvas, grid.width, grid.height);
  tgan.smooth(context, image);
  canvas.dataset.frame = tgan.clock.frame(image.frames);
  const accent = tgan.css('--tg-accent');
  const picked = big ? shown.seeds[0] : Number(tgan.state?.seed);
  for (let i = 0; i < shown.n; i++) {
    const [x, y] = cell(i);
    tgan.put(context, image, shown, i, x, y, grid.w, grid.h);
    const strong = !big && shown.seeds[i] === picked;
    if (heard?.i === i) {
      context.fillStyle = accent;
      context.fillRect(x + heard.share * grid.w - 1, y, 2, grid.h);
    }
    if (i === cursor || i === hovered || heard?.i === i || strong) {
      context.strokeStyle = accent;
      context.lineWidth = 2;
      context.strokeRect(x + 1, y + 1, grid.w - 2, grid.h - 2);
    }
  }
  canvas.setAttribute(
    'aria-label',
    tgan.t(big ? 'hero.aria' : 'contact.aria', {n: shown.n, first: shown.seeds[0]}, [
      image.kind,
      tgan.modalityOf(shown),
    ]),
  );
}

function at(event) {
  if (!grid) return -1;
  const box = canvas.getBoundingClientRect();
  const x = ((event.clientX - box.left) * grid.width) / box.width;
  const y = ((event.clientY - box.top) * grid.height) / box.height;
  const column = Math.floor(x / (grid.w + grid.gap));
  const row = Math.floor(y / (grid.h + grid.gap));
  const i = row * grid.cols + column;
  return column >= 0 && column < grid.cols && i >= 0 && i < shown.n ? i : -1;
}

function say(i) {
  tip.classList.toggle('on', i >= 0);
  if (i < 0) return;
  const [x, y] = cell(i);
  const name = shown.names?.[i];
  tip.textContent =
    tgan.t('seed') +
    ' ' +
    shown.seeds[i] +
    (name ? ' · ' + tgan.named(name) : '') +
    (shown.texts ? ': ' + shown.texts[i].slice(0, 90) : '');
  tip.style.left =
    Math.min(Math.max(canvas.offsetLeft + x + grid.w / 2, 50), element.clientWidth - 50) + 'px';
  tip.style.top = canvas.offsetTop + y - 4 + 'px';
}

function choose(i) {
  if (i < 0) return;
  if (big && sounds()) play(i);
  else if (fixed.kind !== 'shown') tgan.pick(shown.seeds[i]);
}

function play(i) {
  canvas.dataset.played = 1 + Number(canvas.dataset.played || 0);
  tgan.hear(sounds()[i], CLIP_S, (share) => {
    if (share === null) {
      if (heard?.i === i) heard = null;
    } else heard = {i, share};
    draw();
  });
}

canvas.addEventListener('pointermove', (event) => {
  const i = at(event);
  if (i !== hovered) {
    hovered = i;
    draw();
    say(i);
  }
});
canvas.addEventListener('pointerleave', () => {
  hovered = -1;
  draw();
  say(-1);
});
canvas.addEventListener('click', (event) => {
  cursor = -1;
  choose(at(event));
});
canvas.addEventListener('blur', () => {
  cursor = -1;
  draw();
  say(-1);
});
canvas.addEventListener('keydown', (event) => {
  if (!grid) return;
  const step = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -grid.cols, ArrowDown: grid.cols}[event.key];
  if (step) {
    cursor = Math.min(shown.n - 1, Math.max(0, cursor < 0 ? 0 : cursor + step));
    draw();
    say(cursor);
  } else if (event.key === 'Enter' || event.key === ' ') choose(cursor);
  else return;
  event.preventDefault();
  event.stopPropagation();
});
const isNow = () => shown && JSON.stringify(shown.state) === JSON.stringify(tgan.state);
if (hero) tgan.hero = () => (isNow() ? {...shown, frames: image.frames} : null);
load();
watch('value', load);
tgan.onLook(draw);
tgan.watchSize(element);
tgan.clock.listen(() => {
  if (image?.frames > 1) draw();
}, canvas);
if (!hero) document.addEventListener('tgan:drew', draw);
