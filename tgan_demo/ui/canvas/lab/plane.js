// Draws the plane: D's surface, G's net of noise, real points, fakes that glide, and what pulls at them.
// Numbers come as base64 (modalities/points/plane.py); a fake glides for about as long as the next look takes.
const WHOLE = 32767;
const MOST = 620; // pixels a side
export const layers = {real: true, fake: true, surface: true, net: false, pull: false};
const kept = document.createElement('canvas');
let still = null; // {real, edge, side, net_side, farthest, centre, scale}
let now = null; // what is drawn, in units of the signal
let next = null; // where it glides to
let stroke = [];

const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const pairs = (text, farthest) =>
  Float32Array.from(new Int16Array(bytes(text).buffer), (v) => (v / WHOLE) * farthest);

export function frame(told) {
  still = {...told, real: pairs(told.real, told.farthest)};
  now = next = null;
}

export function take(told) {
  if (!still || !told.fake) return;
  next = {
    fake: pairs(told.fake, still.farthest),
    net: pairs(told.net, still.farthest),
    pull: pairs(told.pull, still.farthest),
    surface: Float32Array.from(bytes(told.surface)),
    low: told.low,
    high: told.high,
    middle: (told.d_real + told.d_fake) / 2,
  };
  now ??= {...next, fake: next.fake.slice(), net: next.net.slice(), surface: next.surface.slice()};
}

// a share of the way to what came last; 1 jumps
function glide(share) {
  for (const key of ['fake', 'net', 'surface'])
    for (let i = 0; i < now[key].length; i++) now[key][i] += share * (next[key][i] - now[key][i]);
  for (const key of ['low', 'high', 'middle']) now[key] += share * (next[key] - now[key]);
  now.pull = next.pull;
}

const rgb = (name) => {
  const hex = tgan.css(name).trim().slice(1);
  return [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16));
};

// where D is above the middle of its two means, the colour of real; below, of fake
function surface(context, size) {
  const {side} = still;
  kept.width = kept.height = side;
  const small = kept.getContext('2d');
  const image = small.createImageData(side, side);
  const [real, fake] = [rgb('--tg-real'), rgb('--tg-fake')];
  const range = now.high - now.low;
  const most = Math.max(now.high - now.middle, now.middle - now.low, 1e-9);
  for (let i = 0; i < side * side; i++) {
    const value = (now.low + (now.surface[i] / 255) * range - now.middle) / most;
    const colour = value > 0 ? real : fake;
    image.data.set([...colour, 120 * Math.min(1, Math.abs(value))], 4 * i);
  }
  small.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = true;
  context.drawImage(kept, 0, 0, size, size);
}

export function draw(canvas, {share, focus = ''}) {
  const size = Math.max(120, Math.round(Math.min(MOST, canvas.parentNode.clientWidth)));
  const context = tgan.crisp(canvas, size, size);
  context.clearRect(0, 0, size, size);
  if (!still) return;
  const at = (v) => (v / still.edge + 1) * 0.5 * size;
  const X = (points, i) => at(points[2 * i]);
  const Y = (points, i) => size - at(points[2 * i + 1]);
  const dots = (points, colour, radius) => {
    context.fillStyle = colour;
    for (let i = 0; i < points.length / 2; i++) {
      context.beginPath();
      context.arc(X(points, i), Y(points, i), radius, 0, 2 * Math.PI);
      context.fill();
    }
  };
  // in slow motion what a step is about stands out
  const faint = (...about) => (focus && !about.includes(focus) ? 0.22 : 1);
  if (now && share > 0) glide(share);
  if (now && layers.surface) {
    context.globalAlpha = faint('d', 'losses', 'gradients');
    surface(context, size);
  }
  axes(context, size, at);
  if (layers.real) {
    context.globalAlpha = 0.75 * faint('data', 'd', 'losses');
    dots(still.real, tgan.css('--tg-real'), 2.2);
  }
  if (now && (layers.net || focus === 'g')) {
    context.globalAlpha = 0.7;
    context.strokeStyle = tgan.css('--tg-soft');
    context.lineWidth = 1;
    const n = still.net_side;
    for (let k = 0; k < n; k++)
      for (const place of [(i) => k * n + i, (i) => i * n + k]) {
        context.beginPath();
        for (let i = 0; i < n; i++) context.lineTo(X(now.net, place(i)), Y(now.net, place(i)));
        context.stroke();
      }
  }
  if (now && layers.fake) {
    context.globalAlpha = 0.85 * faint('g', 'd', 'losses', 'gradients', 'update');
    dots(now.fake, tgan.css('--tg-fake'), 2.4);
  }
  if (now && (layers.pull || focus === 'gradients')) {
    context.globalAlpha = 0.9;
    context.strokeStyle = tgan.css('--tg-bad');
    context.lineWidth = 1.4;
    for (let i = 0; i < now.fake.length / 2; i += focus === 'gradients' ? 2 : 3) {
      const [x, y] = [X(now.fake, i), Y(now.fake, i)];
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(x + now.pull[2 * i] * 34, y - now.pull[2 * i + 1] * 34);
      context.stroke();
    }
  }
  context.globalAlpha = 1;
  if (stroke.length) {
    context.fillStyle = tgan.css('--tg-ink');
    for (const [x, y] of stroke) context.fillRect(at(x) - 1.5, size - at(y) - 1.5, 3, 3);
  }
}

// two lines through the middle of the data, with what they are there
function axes(context, size, at) {
  context.globalAlpha = 1;
  context.strokeStyle = tgan.css('--tg-line');
  context.fillStyle = tgan.css('--tg-soft');
  context.font = '11px ' + tgan.css('--tg-mono');
  context.lineWidth = 1;
  const unit = Number(still.scale.toPrecision(3));
  for (const v of [-1, 0, 1]) {
    context.beginPath();
    context.moveTo(at(v), 0);
    context.lineTo(at(v), size);
    context.moveTo(0, at(v));
    context.lineTo(size, at(v));
    context.stroke();
    context.fillText(Number((still.centre[0] + v * unit).toPrecision(3)), at(v) + 3, size - 4);
    context.fillText(Number((still.centre[1] + v * unit).toPrecision(3)), 3, size - at(v) - 3);
  }
}

// -- drawing data with the pointer ---------------------------------------------------------------
export const strokes = () => stroke;
export const wipe = () => {
  stroke = [];
};
// a cloud of points about the pointer, in units of the signal
export function spray(canvas, event, random) {
  const room = canvas.getBoundingClientRect();
  const unit = (v, from, length) => ((v - from) / length) * 2 - 1;
  const x = unit(event.clientX, room.left, room.width) * still.edge;
  const y = -unit(event.clientY, room.top, room.height) * still.edge;
  for (let i = 0; i < 6; i++) {
    const radius = 0.06 * Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    stroke.push([x + radius * Math.cos(angle), y + radius * Math.sin(angle)]);
  }
}
// what was drawn, in units of the data
export const drawn = () =>
  stroke.map(([x, y]) => [still.centre[0] + x * still.scale, still.centre[1] + y * still.scale]);
