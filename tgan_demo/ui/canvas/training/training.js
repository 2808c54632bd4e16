// The run now: 16 pictures of fixed seeds, and where G looks from one patch of the first. Clips play; the
// map of the first is a film strip, one picture a step in time.
// value = {run: Jobs.status(...) | null}. A snapshot leaves the picture out when it is not new, so the
// last one is kept here, as tgan.run; 'tgan:run' tells curves, buttons, tour and scrubber.
// Fires 'wake' when a picture was lost.
const $ = (s) => element.querySelector(s);
const t = tgan.ofRun;
const canvas = $('#train-canvas');
const map = $('#train-attention');
const when = $('.when');
const hint = $('.hint');
const said = $('.said');
const layerBox = $('#train-layer');
const headBox = $('#train-head');
const COLS = 4;
const N = 16;
tgan.training ??= {};
let image = null;
let shownId = '';
let past = null;
let pastImage = null;
let grid = null;
let token = null;
let layer = -1;
let head = -1;
let asked = 0;
let weights = null;
let cell = 0;
let high = 0;
let latest = 0;
let laid = null;

async function take() {
  tgan.words(element, tgan.whoseRun());
  tgan.training.known ||= props.value?.run !== undefined; // before that, nobody knows whether one trains
  const next = props.value?.run ?? null;
  const before = tgan.run;
  const same = before && next && before.id === next.id;
  tgan.run = next && {
    ...next,
    frame: next.frame ?? (same ? before.frame : null),
    attention: next.attention ?? (same ? before.attention : null),
    nearest: next.nearest ?? (same ? before.nearest : null),
  };
  if (!same) {
    past = null;
    pastImage = null;
  }
  document.body.classList.toggle('has-run', !!next);
  document.dispatchEvent(new CustomEvent('tgan:run'));
  const run = tgan.run;
  if (run && !run.frame && run.frame_id && Date.now() - asked > 3000) {
    asked = Date.now();
    trigger('wake', {id: run.id});
  }
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

// the menus of layers and heads
function fill() {
  const a = tgan.run?.attention;
  if (!a) return;
  const options = (box, count, key, all) => {
    const mark = count + key + tgan.lang;
    if (box.dataset.mark === mark) return;
    box.dataset.mark = mark;
    const chosen = box.value;
    box.replaceChildren(
      ...[...Array(count + (all ? 1 : 0)).keys()].map((i) => {
        const option = document.createElement('option');
        const n = all ? i - 1 : i;
        option.value = n;
        option.textContent = n < 0 ? t('train.head.mean') : t(key, {n: n + 1});
        return option;
      }),
    );
    if ([...box.options].some((o) => o.value === chosen)) box.value = chosen;
    else box.value = all ? '-1' : String(count - 1);
  };
  options(layerBox, a.layers, 'train.layer.n', false);
  options(headBox, a.heads, 'train.head.n', true);
  layer = Number(layerBox.value);
  head = Number(headBox.value);
}

// weights of the chosen token over the grid, 0..1
function cells(a) {
  if (!weights) weights = Uint8Array.from(atob(a.a), (c) => c.charCodeAt(0));
  const n = tgan.tokens(a.grid);
  const row = new Float32Array(n);
  const heads = head < 0 ? [...Array(a.heads).keys()] : [head];
  for (const h of heads) {
    const at = ((layer * a.heads + h) * n + token) * n;
    for (let k = 0; k < n; k++) row[k] += weights[at + k] / 255 / heads.length;
  }
  return row;
}

// all, or only what plays
function draw(isAll = true) {
  const run = tgan.run;
  const room = Math.max(160, element.clientWidth);
  const gap = room < 340 ? 4 : 6;
  const tall = Math.max(260, innerHeight - 230);
  const picture = past ? pastImage : image;
  const w = picture ? picture.width / COLS : 28;
  const h = picture ? tgan.tall(picture) / COLS : 28;
  const frames = picture?.frames ?? 1;
  const now = tgan.clock.frame(frames);
  cell = tgan.wholeSize(w, Math.min(112, (Math.min(room, tall) - gap * (COLS - 1)) / COLS));
  const side = cell * COLS + gap * (COLS - 1);
  high = (cell * h) / w;
  const context = tgan.crisp(canvas, side, high * COLS + gap * (COLS - 1));
  tgan.smooth(context, picture);
  for (let i = 0; i < N; i++) {
    const x = (i % COLS) * (cell + gap);
    const y = Math.floor(i / COLS) * (high + gap);
    if (picture) tgan.put(context, picture, {cols: COLS, w, h}, i, x, y, cell, high);
    else {
      context.fillStyle = tgan.css('--tg-well');
      context.fillRect(x, y, cell, high);
    }
  }
  const a = past ? null : run?.attention;
  grid = a?.grid ?? null;
  if (a) {
    if (token === null || token >= tgan.tokens(a.grid)) token = tgan.middle(a.grid);
    const first = tgan.places(a.grid.slice(-2), cell, high);
    const [step] = tgan.places(a.grid, 1, 1).split(token);
    if (!a.words && step === stepNow(a, now, frames))
      outline(context, first.box(token % (first.rows * first.columns)));
  }
  canvas.dataset.playing = frames > 1 ? now : '';
  canvas.classList.toggle('tg-clock', frames > 1); // the space bar holds the clips
  Object.assign(canvas.dataset, {
    step: run?.step ?? 0,
    state: run?.state ?? 'idle',
    run: run?.id ?? '',
    frame: run?.frame ? run.frame_id : 0,
    nimg: run?.nimg ?? 0,
  });
  canvas.setAttribute(
    'aria-label',
    t(picture ? 'train.samples.aria' : 'train.empty', {n: N, step: run?.step ?? 0}),
  );
  when.textContent = past
    ? t('train.past', {nimg: tgan.whole(past.nimg)})
    : run?.frame
      ? t('train.seen', {nimg: tgan.whole(run.nimg)})
      : '';
  when.classList.toggle('past', !!past);
  hint.textContent = picture
    ? t('train.samples.hint')
    : run
      ? t('train.soon')
      : tgan.t(tgan.training.known ? 'train.empty' : 'opening', {}, tgan.training.whose?.() ?? []);
  element.querySelector('.att').hidden = !a || !image;
  if (a && image && isAll) drawMap(a);
  else if (a && image) drawHead();
}

const stepNow = (a, now, frames) => Math.floor((now * tgan.gridOf(a.grid)[0]) / frames); // the step that plays

function outline(context, {x, y, w, h}) {
  context.lineWidth = 2;
  context.strokeStyle = tgan.css('--tg-real');
  context.strokeRect(x + 1, y + 1, w - 2, h - 2);
}

function drawMap(a) {
  // the first sample; of codes, which are no places in it, the words that each writes
  const from = a.words
    ? tgan.written({cells: [a.words], grid: a.grid, cols: 1, size: 640, tall: 0.6, numbered: true})
    : image;
  const w = a.words ? from.width : image.width / COLS;
  const h = a.words ? from.height : tgan.tall(image) / COLS;
  const frames = image.frames ?? 1;
  const steps = tgan.gridOf(a.grid)[0];
  const room = element.clientWidth;
  const gap = steps > 1 ? 8 : 0;
  const across = tgan.across(steps, room, gap, 84);
  const side = a.words
    ? Math.min(420, room)
    : tgan.wholeSize(w, Math.min(168, (room - gap * (across - 1)) / across));
  const tall = (side * h) / w;
  laid = tgan.places(a.grid, side, tall, {across, gap, foot: steps > 1 ? 6 : 0});
  const context = tgan.crisp(map, laid.width, laid.height);
  tgan.smooth(context, from);
  for (let k = 0; k < steps; k++) {
    const {x, y} = laid.step(k);
    const frame = Math.floor(((k + 0.5) * frames) / steps);
    context.drawImage(from, 0, a.words ? 0 : frame * tgan.tall(image), w, h, x, y, side, tall);
    if (a.words) context.globalCompositeOperation = 'multiply'; // words stay to be read
    else {
      context.fillStyle = 'rgb(0 0 0 / .55)';
      context.fillRect(x, y, side, tall);
    }
  }
  const row = cells(a);
  const top = Math.max(1e-6, ...row);
  let best = 0;
  row.forEach((v, k) => {
    if (v > row[best]) best = k;
    const {x, y, w: pw, h: ph} = laid.box(k);
    context.fillStyle = `rgb(88 201 187 / ${((0.88 * v) / top).toFixed(3)})`;
    context.fillRect(x, y, pw, ph);
  });
  context.globalCompositeOperation = 'source-over';
  outline(context, laid.box(token));
  Object.assign(map.dataset, {token, layer, head, best, steps});
  const place = (k) => {
    const [step, r, c] = laid.split(k);
    return {row: r + 1, col: c + 1, step: step + 1};
  };
  const here = place(token);
  const there = place(best);
  const even = row.reduce((s, v) => s + v, 0) / row.length / top > 0.8;
  const text = t(even ? 'train.look.even' : best === token ? 'train.look.self' : 'train.look', {
    row: here.row,
    col: here.col,
    step: here.step,
    row2: there.row,
    col2: there.col,
    step2: there.step,
    layer: layer + 1,
    code: code(a, token),
    code2: code(a, best),
  });
  if (said.textContent !== text) said.textContent = text;
  map.setAttribute('aria-label', t('train.attention.aria') + ' ' + text);
  drawHead();
}

// a line below the step that plays, as far as it has come
function drawHead() {
  const a = tgan.run?.attention;
  const frames = image?.frames ?? 1;
  if (!a || frames < 2 || !laid) return;
  const context = map.getContext('2d');
  const steps = laid.steps;
  const each = frames / steps;
  const now = tgan.clock.frame(frames);
  for (let k = 0; k < steps; k++) {
    const {x, y, w, h} = laid.step(k);
    context.clearRect(x, y + h + 1, w, 4);
    if (k !== Math.floor(now / each)) continue;
    context.fillStyle = tgan.css('--tg-accent');
    context.fillRect(x, y + h + 2, (w * ((now % each) + 1)) / each, 2);
  }
}

function code(a, k) {
  const piece = a.words?.[k];
  return t(piece ? 'inside.code' : 'inside.code.bare', {n: k + 1, piece});
}

canvas.addEventListener('click', (event) => {
  const {sounds} = (past ? pastImage : image) ?? {};
  const gap = element.clientWidth < 340 ? 4 : 6;
  const box = canvas.getBoundingClientRect();
  const column = Math.floor((event.clientX - box.left) / (cell + gap));
  const row = Math.floor((event.clientY - box.top) / (high + gap));
  if (sounds?.[row * COLS + column]) tgan.hear(sounds[row * COLS + column], 1);
});
// pixels of the canvas
const within = (event, node) => {
  const box = node.getBoundingClientRect();
  const scale = node.clientWidth / box.width;
  return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
};
// a patch of the first sample, of a clip in the step that plays
canvas.addEventListener('click', (event) => {
  const a = tgan.run?.attention;
  if (!grid || !a || a.words) return;
  const first = tgan.places(grid.slice(-2), cell, high);
  const place = first.at(...within(event, canvas));
  if (place === null) return;
  const frames = image?.frames ?? 1;
  token = stepNow(a, tgan.clock.frame(frames), frames) * first.rows * first.columns + place;
  draw();
});
map.addEventListener('click', (event) => {
  const place = grid && laid ? laid.at(...within(event, map)) : null;
  if (place !== null) {
    token = place;
    draw();
  }
});
for (const node of [canvas, map])
  node.addEventListener('keydown', (event) => {
    const step = tgan.arrow(event.key);
    if (!grid || !laid || token === null || !step) return;
    const to = laid.move(token, ...step);
    if (to !== null) {
      token = to;
      draw();
    }
    event.preventDefault();
    event.stopPropagation();
  });
for (const box of [layerBox, headBox])
  box.addEventListener('change', () => {
    layer = Number(layerBox.value);
    head = Number(headBox.value);
    draw();
  });
// the scrubber shows an earlier picture, or none
document.addEventListener('tgan:past', async (event) => {
  past = event.detail;
  pastImage = past ? await tgan.picture(past.frame).catch(() => null) : null;
  draw();
});
document.addEventListener('tgan:setup', () => {
  if (!tgan.run) draw();
}); // what is promised depends on the data
take();
watch('value', take);
tgan.onLang(() => {
  fill();
  draw();
});
tgan.onLook(() => draw());
tgan.clock.listen(() => {
  if ((past ? pastImage : image)?.frames > 1) draw(false);
}, element);
tgan.watchSize(element);
