// The sample at the point, large: a picture, a text, a clip that plays, a sound that is heard at rest; and the
// frames of a drawn line, played to its end and back.
const canvas = element.querySelector('.picture');
const text = element.querySelector('.text');
const MOST = 340;
const LEAST = 0.85;
const SOUND_S = 1.024;
let image = null;
let shown = null;
let frame = 0;
let playing = null; // {value, ended}
let latest = 0;

export async function show(value) {
  const mine = ++latest;
  const next = await tgan.picture(value.src);
  if (mine !== latest || (playing && playing.value !== value)) return;
  [image, shown, frame] = [next, value, 0];
  draw();
}

export function hearNow() {
  if (image?.sounds && !playing) tgan.hear(image.sounds[0], SOUND_S).catch(() => {}); // unclicked pages are silent
}

function draw() {
  if (!shown) return;
  const {texts, w, h} = shown;
  text.hidden = !texts;
  canvas.hidden = !!texts;
  canvas.dataset.frame = frame;
  if (texts) return (text.textContent = texts[frame]);
  const room = Math.max(120, Math.min(MOST, element.querySelector('.right').clientWidth));
  const whole = tgan.wholeSize(w, room);
  const side = whole < LEAST * room ? room : whole; // size is worth more than equal pixels
  const context = tgan.crisp(canvas, side, (side * h) / w);
  tgan.smooth(context, image);
  tgan.put(context, image, shown, frame, 0, 0, side, (side * h) / w);
  canvas.setAttribute('aria-label', tgan.t('edit.plane.picture'));
}

export async function playFrames(value, ended) {
  const mine = (playing = {value, ended});
  await show(value);
  const began = performance.now();
  let heard = -1;
  const tick = (now) => {
    if (playing !== mine || !element.isConnected) return;
    const step = Math.floor(((now - began) / 1000) * value.fps);
    if (step >= 2 * value.n) return stopFrames();
    frame = step < value.n ? step : 2 * value.n - 1 - step;
    const sound = image.sounds ? Math.floor(frame / value.every) : -1;
    if (sound >= 0 && sound !== heard) tgan.hear(image.sounds[sound], SOUND_S).catch(() => {});
    heard = sound;
    draw();
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}

// whether something was playing
export function stopFrames() {
  const was = playing;
  playing = null;
  was?.ended();
  return !!was;
}

tgan.onLook(draw);
tgan.clock.listen(() => {
  if (image?.frames > 1) draw();
}, canvas);
