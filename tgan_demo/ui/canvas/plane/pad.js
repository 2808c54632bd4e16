// Draws the pad: the corners' small pictures or the seeds of the map, the drawn line, the point.
const MOST = 340; // pixels a side
const CORNER = 46;
const WHOLE = 65535;

// places of the seeds, x and y in turn
export const dots = (text) => {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  return Float32Array.from(new Uint16Array(bytes.buffer), (v) => v / WHOLE);
};

export function nearest(places, [x, y]) {
  let best = 0;
  let least = Infinity;
  for (let i = 0; i < places.length / 2; i++) {
    const far = (places[2 * i] - x) ** 2 + (places[2 * i + 1] - y) ** 2;
    if (far < least) [best, least] = [i, far];
  }
  return best;
}

export function drawPad(pad, {at, line, map, corners}) {
  const room = element.querySelector('.left').clientWidth;
  const side = Math.max(160, Math.min(MOST, room - 2));
  const context = tgan.crisp(pad, side, side);
  if (map) drawDots(context, map, side);
  else corners?.forEach((one, i) => drawCorner(context, one, i, side));
  drawLine(context, line, side);
  const [x, y] = at.map((one) => one * side);
  context.strokeStyle = tgan.css('--tg-accent');
  context.lineWidth = 2;
  context.beginPath();
  context.arc(x, y, 7, 0, 2 * Math.PI);
  context.stroke();
}

function drawCorner(context, {picture, text}, i, side) {
  const [x, y] = [i % 2 ? side - CORNER : 0, i > 1 ? side - CORNER : 0];
  if (picture) return context.drawImage(picture, x, y, CORNER, CORNER);
  if (!text) return;
  context.fillStyle = tgan.css('--tg-soft');
  context.font = '11px sans-serif';
  context.textAlign = i % 2 ? 'right' : 'left';
  context.fillText(text.split('\n')[0].slice(0, 16), i % 2 ? side - 6 : 6, i > 1 ? side - 8 : 16);
}

// a colour for each class, all of one lightness
function drawDots(context, {at, labels, classes}, side) {
  for (let i = 0; i < at.length / 2; i++) {
    context.fillStyle = labels
      ? `oklch(0.66 0.14 ${(360 * labels[i]) / classes.length})`
      : tgan.css('--tg-soft');
    context.fillRect(at[2 * i] * side - 1.5, at[2 * i + 1] * side - 1.5, 3, 3);
  }
}

function drawLine(context, line, side) {
  if (line.length < 2) return;
  context.strokeStyle = tgan.css('--tg-ink');
  context.lineWidth = 2;
  context.lineJoin = 'round';
  context.beginPath();
  for (const [x, y] of line) context.lineTo(x * side, y * side);
  context.stroke();
}
