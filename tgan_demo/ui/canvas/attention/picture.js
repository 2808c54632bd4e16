// The big picture: the item cut into tokens, the map over it, the frames around tokens.
// Of a film it is a strip: the middle frame of each step in time, side by side.
import {bytes, current, scaleOf} from './maps.js';
import {levelOf, ramp} from './colours.js';
import {percent} from './names.js';
import {$, CLS, frames, grid, isFilm, shown, state, t, view} from './view.js';

export const canvas = $('#inside-canvas');
const size = {w: 0, h: 0};
export const drawn = {places: null}; // where the tokens lie on it

const pictures = new WeakMap();

// An item is a sheet of its own, or pixels: {w, h, c, data, frames?}, frames below each other.
export async function loadPicture(item) {
  if (pictures.has(item)) return;
  const made = item.src ? await tgan.picture(item.src) : null;
  pictures.set(item, made ? [made, made] : [false, true].map((grey) => pixels(item, grey)));
}

// [in colour, in grey]
export const picture = (item) => pictures.get(item);

function pixels(item, grey) {
  const data = bytes(item.data);
  const small = document.createElement('canvas');
  const high = item.h * (item.frames || 1);
  small.width = item.w;
  small.height = high;
  const image = new ImageData(item.w, high);
  for (let i = 0; i < item.w * high; i++) {
    const [r, g, b] = item.c === 1 ? Array(3).fill(data[i]) : data.subarray(i * item.c, i * item.c + 3);
    const y = 0.3 * r + 0.59 * g + 0.11 * b;
    image.data.set(grey ? [y, y, y, 255] : [r, g, b, 255], 4 * i);
  }
  small.getContext('2d').putImageData(image, 0, 0);
  return small;
}

let playing = null; // where the play head is, 0..1
$('.hear').addEventListener('click', () => {
  const mine = shown()?.item;
  canvas.dataset.played = 1 + Number(canvas.dataset.played || 0);
  if (mine?.sound)
    tgan.hear(mine.sound, 1.024, (share) => {
      playing = share;
      if (shown()?.item === mine) drawPicture(current());
    });
});

const GAP = 10;
const FOOT = 26; // between a clip's steps; below each, what it stands for

export function lay() {
  const {item} = shown();
  const stage = $('.stage').clientWidth || 320;
  const steps = tgan.gridOf(grid())[0];
  const high = Math.max(240, innerHeight * 0.62);
  const across = tgan.across(steps, stage, GAP);
  const room = Math.min(
    (stage - GAP * (across - 1)) / across,
    (high * item.w) / item.h / Math.ceil(steps / across),
  );
  size.w = tgan.wholeSize(item.w, room);
  size.h = (size.w * item.h) / item.w;
  return tgan.places(grid(), size.w, size.h, isFilm() ? {across, gap: GAP, foot: FOOT} : {});
}

export function drawPicture(map) {
  const {item} = shown();
  $('.hear').hidden = !item.sound;
  const laid = (drawn.places = lay());
  const c = tgan.crisp(canvas, laid.width, laid.height);
  const [colour, grey] = picture(item);
  tgan.smooth(c, colour);
  const frame = (k) => (isFilm() ? Math.floor((k + 0.5) * frames()) : 0);
  const put = (image) => {
    for (let k = 0; k < laid.steps; k++) {
      const {x, y, w, h} = laid.step(k);
      const part = image.height / (item.frames || 1);
      c.drawImage(image, 0, frame(k) * part, image.width, part, x, y, w, h);
    }
  };
  put(colour);
  let sum = 2166136261;
  if (map) {
    const top = scaleOf(map);
    const table = ramp('hot');
    c.globalAlpha = state.opacity;
    put(grey);
    if (colour.smooth) c.globalCompositeOperation = 'multiply'; // letters stay to be read
    map.cells.forEach((w, i) => {
      const level = levelOf(w, top);
      sum = Math.imul(sum ^ level, 16777619) >>> 0;
      c.globalAlpha = state.opacity * (0.08 + (0.87 * level) / 255);
      c.fillStyle = `rgb(${table[level]})`;
      const {x, y, w: cw, h: ch} = laid.box(i);
      c.fillRect(x, y, cw, ch);
    });
  }
  c.globalAlpha = 1;
  c.globalCompositeOperation = 'source-over';
  if (playing !== null) {
    c.fillStyle = '#fff';
    c.fillRect(playing * size.w - 1, 0, 2, size.h);
  }
  if (isFilm()) drawFeet(c, laid, map);
  if (state.hover !== null) outline(c, laid, state.hover, false);
  if (state.token >= 0) outline(c, laid, state.token, true);
  Object.assign(canvas.dataset, {
    token: state.token === CLS ? 'cls' : state.token,
    net: state.net,
    source: state.source,
    sum: map ? sum.toString(16) : '',
    stamp: view.value.stamp,
    model: view.value.model,
    layer: map?.layer ?? (map?.rows ? (state.crossLayer < 0 ? 'mean' : state.crossLayer) : ''),
    head: map?.head ?? (map?.rows ? (state.crossHead < 0 ? 'mean' : state.crossHead) : ''),
    latent: map?.latent ?? '',
    rollout: map?.flow ? '1' : '',
    steps: laid.steps,
    shares:
      map && isFilm()
        ? tgan
            .perStep(map.cells, grid())
            .map((x) => x.toFixed(3))
            .join()
        : '',
  });
  if (map?.flow) canvas.dataset.layer = canvas.dataset.head = 'rollout';
}

// below each step: its frames, and how much of the attention it gets
function drawFeet(c, laid, map) {
  const per = map && !map.rows && tgan.perStep(map.cells, grid());
  const ink = tgan.css('--tg-ink') || '#888';
  const quiet = tgan.css('--tg-soft') || ink;
  for (let k = 0; k < laid.steps; k++) {
    const {x, y, w, h} = laid.step(k);
    const base = y + h + 17;
    const share = per ? percent(per[k]) + ' %' : '';
    c.font = '12px system-ui, sans-serif';
    c.textAlign = 'left';
    c.fillStyle = quiet;
    c.fillText(t('inside.frames', {from: k * frames() + 1, to: (k + 1) * frames()}), x, base);
    c.font = '600 12px system-ui, sans-serif';
    c.textAlign = 'right';
    c.fillStyle = ink;
    c.fillText(share, x + w, base);
  }
}

function outline(c, laid, token, selected) {
  const {x, y, w: cw, h: ch} = laid.box(token);
  const box = (grow, width, style, dash) => {
    c.setLineDash(dash);
    c.lineWidth = width;
    c.strokeStyle = style;
    c.strokeRect(x - grow + 0.5, y - grow + 0.5, cw + 2 * grow - 1, ch + 2 * grow - 1);
  };
  if (selected) {
    box(0, 5, '#000', []);
    box(0, 2.5, '#fff', []);
  } else {
    box(0, 3, '#0009', []);
    box(0, 1.5, '#fff', []);
  }
  // what D's tokeniser cuts out reaches over the border
  if (state.net === 'd' && view.value.overlap) {
    const grow = (view.value.overlap * size.w) / shown().item.w;
    box(grow, 3, '#0009', []);
    box(grow, 1.5, '#fff', [5, 4]);
  }
  c.setLineDash([]);
}
