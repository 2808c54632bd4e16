// The run now: 16 pictures of fixed seeds, and where G looks from one patch of the first.
// value = {run: Jobs.status(...) | null}. A snapshot leaves the picture out when it is not new, so the
// last one is kept here, as tgan.run; 'tgan:run' tells curves, buttons, tour and scrubber.
// Fires 'wake' when a picture was lost.
const $ = (s) => element.querySelector(s), t = tgan.ofRun;
const canvas = $('#train-canvas'), map = $('#train-attention'), when = $('.when'), hint = $('.hint'), said = $('.said');
const layerBox = $('#train-layer'), headBox = $('#train-head');
const COLS = 4, N = 16;
let image = null, shownId = '', past = null, pastImage = null, grid = null, token = null, layer = -1, head = -1, asked = 0, weights = null, cell = 0, high = 0, latest = 0;

async function take() {
  tgan.words(element, tgan.runKinds());
  const next = props.value?.run ?? null, before = tgan.run;
  const same = before && next && before.id === next.id;
  tgan.run = next && {...next, frame: next.frame ?? (same ? before.frame : null), attention: next.attention ?? (same ? before.attention : null)};
  if (!same) { past = null; pastImage = null; }
  document.body.classList.toggle('has-run', !!next);
  document.dispatchEvent(new CustomEvent('tgan:run'));
  const run = tgan.run;
  if (run && !run.frame && run.frame_id && Date.now() - asked > 3000) { asked = Date.now(); trigger('wake', {id: run.id}); }
  const id = run?.frame ? run.id + ':' + run.frame_id : '';
  if (id !== shownId) {
    shownId = id;
    const mine = ++latest;
    const picture = id ? await tgan.picture(run.frame).catch(() => null) : null;
    if (mine !== latest) return;
    image = picture;
    weights = null;
  }
  fill();
  draw();
}
function fill() {  // the menus of layers and heads
  const a = tgan.run?.attention;
  if (!a) return;
  const options = (box, count, key, all) => {
    const mark = count + key + tgan.lang;
    if (box.dataset.mark === mark) return;
    box.dataset.mark = mark;
    const chosen = box.value;
    box.replaceChildren(...[...Array(count + (all ? 1 : 0)).keys()].map((i) => {
      const option = document.createElement('option'), n = all ? i - 1 : i;
      option.value = n;
      option.textContent = n < 0 ? t('train.head.mean') : t(key, {n: n + 1});
      return option;
    }));
    if ([...box.options].some((o) => o.value === chosen)) box.value = chosen;
    else box.value = all ? '-1' : String(count - 1);
  };
  options(layerBox, a.layers, 'train.layer.n', false);
  options(headBox, a.heads, 'train.head.n', true);
  layer = Number(layerBox.value); head = Number(headBox.value);
}
function cells(a) {  // weights of the chosen token over the grid, 0..1
  if (!weights) weights = Uint8Array.from(atob(a.a), (c) => c.charCodeAt(0));
  const n = a.grid[0] * a.grid[1], row = new Float32Array(n);
  const heads = head < 0 ? [...Array(a.heads).keys()] : [head];
  for (const h of heads) {
    const at = ((layer * a.heads + h) * n + token) * n;
    for (let k = 0; k < n; k++) row[k] += weights[at + k] / 255 / heads.length;
  }
  return row;
}
function draw() {
  const run = tgan.run, room = Math.max(160, element.clientWidth), gap = room < 340 ? 4 : 6;
  const tall = Math.max(260, innerHeight - 230);
  const picture = past ? pastImage : image;
  const w = picture ? picture.width / COLS : 28, h = picture ? picture.height / COLS : 28;
  cell = tgan.wholeSize(w, Math.min(112, (Math.min(room, tall) - gap * (COLS - 1)) / COLS));
  const side = cell * COLS + gap * (COLS - 1);
  high = cell * h / w;
  const context = tgan.crisp(canvas, side, high * COLS + gap * (COLS - 1));
  tgan.smooth(context, picture);
  for (let i = 0; i < N; i++) {
    const x = (i % COLS) * (cell + gap), y = Math.floor(i / COLS) * (high + gap);
    if (picture) context.drawImage(picture, (i % COLS) * w, Math.floor(i / COLS) * h, w, h, x, y, cell, high);
    else { context.fillStyle = tgan.css('--tg-well'); context.fillRect(x, y, cell, high); }
  }
  const a = past ? null : run?.attention;
  grid = a?.grid ?? null;
  if (a) {
    const count = a.grid[0] * a.grid[1];
    if (token === null || token >= count) token = Math.floor(a.grid[0] / 2) * a.grid[1] + Math.floor(a.grid[1] / 2);
    if (!a.words) outline(context, 0, 0, cell, high, a.grid, token);
  }
  Object.assign(canvas.dataset, {step: run?.step ?? 0, state: run?.state ?? 'idle', run: run?.id ?? '', frame: run?.frame ? run.frame_id : 0, nimg: run?.nimg ?? 0});
  canvas.setAttribute('aria-label', t(picture ? 'train.samples.aria' : 'train.empty', {n: N, step: run?.step ?? 0}));
  when.textContent = past ? t('train.past', {nimg: tgan.whole(past.nimg)}) : run?.frame ? t('train.seen', {nimg: tgan.whole(run.nimg)}) : '';
  when.classList.toggle('past', !!past);
  hint.textContent = picture ? t('train.samples.hint') : run ? t('train.soon') : t('train.empty');
  element.querySelector('.att').hidden = !a || !image;
  if (a && image) drawMap(a);
}
function outline(context, x, y, w, h, g, k) {
  const pw = w / g[1], ph = h / g[0];
  context.lineWidth = 2;
  context.strokeStyle = tgan.css('--tg-real');
  context.strokeRect(x + (k % g[1]) * pw + 1, y + Math.floor(k / g[1]) * ph + 1, pw - 2, ph - 2);
}
function drawMap(a) {
  // the first sample; of codes, which are no places in it, the words that each writes
  const from = a.words ? tgan.written({cells: [a.words], grid: a.grid, cols: 1, size: 640, tall: .6, numbered: true}) : image;
  const w = a.words ? from.width : image.width / COLS, h = a.words ? from.height : image.height / COLS;
  const side = a.words ? Math.min(420, element.clientWidth) : tgan.wholeSize(w, Math.min(168, element.clientWidth));
  const context = tgan.crisp(map, side, side * h / w), tall = side * h / w;
  tgan.smooth(context, from);
  context.drawImage(from, 0, 0, w, h, 0, 0, side, tall);
  if (a.words) context.globalCompositeOperation = 'multiply';  // words stay to be read
  else { context.fillStyle = 'rgb(0 0 0 / .55)'; context.fillRect(0, 0, side, tall); }
  const row = cells(a), top = Math.max(1e-6, ...row), pw = side / a.grid[1], ph = tall / a.grid[0];
  let best = 0;
  row.forEach((v, k) => {
    if (v > row[best]) best = k;
    context.fillStyle = `rgb(88 201 187 / ${(0.88 * v / top).toFixed(3)})`;
    context.fillRect((k % a.grid[1]) * pw, Math.floor(k / a.grid[1]) * ph, pw, ph);
  });
  context.globalCompositeOperation = 'source-over';
  outline(context, 0, 0, side, tall, a.grid, token);
  Object.assign(map.dataset, {token, layer, head, best});
  const place = (k) => ({row: Math.floor(k / a.grid[1]) + 1, col: k % a.grid[1] + 1});
  const here = place(token), there = place(best), even = row.reduce((s, v) => s + v, 0) / row.length / top > 0.8;
  const text = t(even ? 'train.look.even' : best === token ? 'train.look.self' : 'train.look', {row: here.row, col: here.col, row2: there.row, col2: there.col, layer: layer + 1, code: code(a, token), code2: code(a, best)});
  if (said.textContent !== text) said.textContent = text;
  map.setAttribute('aria-label', t('train.attention.aria') + ' ' + text);
}
function code(a, k) {
  const piece = a.words?.[k];
  return t(piece ? 'inside.code' : 'inside.code.bare', {n: k + 1, piece});
}
function pick(event, node, w, h) {
  if (!grid) return;
  const box = node.getBoundingClientRect(), scale = node.clientWidth / box.width;
  const x = (event.clientX - box.left) * scale, y = (event.clientY - box.top) * scale;
  if (x < 0 || y < 0 || x >= w || y >= h) return;
  token = Math.floor(y / h * grid[0]) * grid[1] + Math.floor(x / w * grid[1]);
  draw();
}
canvas.addEventListener('click', (event) => {
  const {sounds} = (past ? pastImage : image) ?? {}, gap = element.clientWidth < 340 ? 4 : 6, box = canvas.getBoundingClientRect();
  const column = Math.floor((event.clientX - box.left) / (cell + gap)), row = Math.floor((event.clientY - box.top) / (high + gap));
  if (sounds?.[row * COLS + column]) tgan.hear(sounds[row * COLS + column], 1);
});
canvas.addEventListener('click', (event) => { if (!tgan.run?.attention?.words) pick(event, canvas, cell, high); });
map.addEventListener('click', (event) => pick(event, map, map.clientWidth, map.clientHeight));
for (const node of [canvas, map]) node.addEventListener('keydown', (event) => {
  if (!grid || token === null) return;
  const r = Math.floor(token / grid[1]), c = token % grid[1];
  const to = {ArrowLeft: [r, c - 1], ArrowRight: [r, c + 1], ArrowUp: [r - 1, c], ArrowDown: [r + 1, c]}[event.key];
  if (!to) return;
  if (to[0] >= 0 && to[1] >= 0 && to[0] < grid[0] && to[1] < grid[1]) { token = to[0] * grid[1] + to[1]; draw(); }
  event.preventDefault();
  event.stopPropagation();
});
for (const box of [layerBox, headBox]) box.addEventListener('change', () => { layer = Number(layerBox.value); head = Number(headBox.value); draw(); });
document.addEventListener('tgan:past', async (event) => {  // the scrubber shows an earlier picture, or none
  past = event.detail;
  pastImage = past ? await tgan.picture(past.frame).catch(() => null) : null;
  draw();
});
take();
watch('value', take);
tgan.onLang(() => { fill(); draw(); });
tgan.onLook(draw);
tgan.watchSize(element);
