// Plays frames that came once, as one sprite, at 30 (or fps) a second times the speed; scrubs freely.
// value = {src, cols, n, w, h, loop, legs, fps, afresh, sounds, every}; frame i lies at column i % cols, row
// i / cols. Of sounds every `every`th is heard while it plays.
const canvas = element.querySelector('canvas');
const scrub = element.querySelector('#walk-scrub');
const button = element.querySelector('#walk-play');
const label = element.querySelector('.at');
const FPS = 30;
let image = null;
let shown = null;
let position = 0;
let playing = false;
let speed = 1;
let last = 0;
let direction = 1;
let latest = 0;
let side = 0;
let drawn = -1;
let leg = -1;
let heard = -1;

async function load() {
  const value = props.value;
  const mine = ++latest;
  tgan.words(element);
  if (!value?.src) return;
  const next = await tgan.picture(value.src);
  if (mine !== latest) return;
  const before = shown ? position / Math.max(1, shown.n) : 0;
  const first = !shown || value.afresh;
  image = next;
  shown = value;
  leg = -1;
  position = value.afresh ? 0 : Math.min(value.n - 1, before * value.n);
  scrub.max = value.n - 1;
  size();
  if (sounds()) play(false); // nobody wants a page that begins to speak
  if (first && !sounds() && !matchMedia('(prefers-reduced-motion: reduce)').matches) play(true);
}

const sounds = () => image.sounds ?? shown.sounds;

function size() {
  if (!shown) return;
  const tall = tgan.presents() ? innerHeight - 250 : Math.min(420, innerHeight - 400);
  const room = Math.max(120, Math.min(element.clientWidth, Math.max(240, tall)));
  side = tgan.wholeSize(shown.w, room);
  drawn = -1;
  draw();
}

function draw() {
  if (!shown) return;
  const i = Math.min(shown.n - 1, Math.floor(position));
  scrub.value = position;
  if (i === drawn) return;
  drawn = i;
  const sound = sounds() ? Math.floor(i / shown.every) : -1;
  if (sound >= 0 && playing && sound !== heard) {
    tgan.hear(sounds()[sound], 1);
    canvas.dataset.played = 1 + Number(canvas.dataset.played || 0);
  }
  heard = sound;
  const context = tgan.crisp(canvas, side, (side * shown.h) / shown.w);
  tgan.smooth(context, image);
  tgan.put(context, image, shown, i, 0, 0, side, (side * shown.h) / shown.w);
  canvas.dataset.frame = i;
  label.textContent = `${i + 1} / ${shown.n}`;
  canvas.setAttribute('aria-label', tgan.t('walk.aria', {i: i + 1, n: shown.n}));
  const now = Math.round((i / shown.n) * shown.legs) % (shown.loop ? shown.legs : shown.legs + 1);
  if (now !== leg) {
    leg = now;
    document.dispatchEvent(new CustomEvent('tgan:leg', {detail: now}));
  }
}

function play(on) {
  playing = on;
  button.textContent = on ? '❚❚' : '▶';
  button.setAttribute('aria-pressed', on);
  last = performance.now();
  if (on) requestAnimationFrame(tick);
}

function tick(now) {
  if (!playing || !element.isConnected) return;
  if (shown && element.offsetParent && shown.n > 1) {
    position += direction * speed * (shown.fps ?? FPS) * Math.min(0.1, (now - last) / 1000);
    if (shown.loop) {
      direction = 1;
      position = ((position % shown.n) + shown.n) % shown.n;
    } else if (position >= shown.n - 1) {
      position = shown.n - 1;
      direction = -1;
    } // there and back again
    else if (position <= 0) {
      position = 0;
      direction = 1;
    }
    draw();
  }
  last = now;
  requestAnimationFrame(tick);
}

button.addEventListener('click', () => play(!playing));
scrub.addEventListener('input', () => {
  play(false);
  position = Number(scrub.value);
  draw();
});
element.querySelectorAll('[data-speed]').forEach((choice) =>
  choice.addEventListener('click', () => {
    speed = Number(choice.dataset.speed);
    element
      .querySelectorAll('[data-speed]')
      .forEach((other) => other.setAttribute('aria-pressed', other === choice));
  }),
);
document.addEventListener('tgan:toggle', () => play(!playing));
document.addEventListener('tgan:play', () => play(true));
window.addEventListener('keydown', (event) => {
  const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
  if (!step || tgan.tab !== 'walk' || !shown || event.defaultPrevented) return;
  if (event.target.closest?.('input, textarea, [role=radiogroup], [role=tab]')) return;
  play(false);
  position = (Math.floor(position) + step + shown.n) % shown.n;
  draw();
  event.preventDefault();
});
load();
watch('value', load);
tgan.onLook(size);
tgan.watchSize(element);
