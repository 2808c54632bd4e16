// The Inside tab: a picture cut into patches, and where every layer and head looks from one of them. A clip
// is a film strip: the middle frame of each step in time, side by side, each cut into patches.
// All maps come at once (attention_view.block); choosing a patch, layer or head needs no server.
// Fires 'formula' (the numbers of one row are wanted) and 'fetch' (this row was too much to send).
// Words: item the picture, row a query's weights, lead the CLS token's place (1 in D, else 0).
const root = element.querySelector('.ins');
const $ = (s) => root.querySelector(s);
const canvas = $('#inside-canvas');
const wall = $('#inside-wall');
const t = (key, values) => tgan.t(key, values, kinds());
const state = {
  net: 'g_self',
  source: 'generated',
  token: null,
  layer: null,
  head: null,
  flow: false,
  crossLayer: -1,
  crossHead: -1,
  latent: null,
  same: false,
  opacity: 0.75,
  hover: null,
  formula: false,
};
let value = null;
const size = {w: 0, h: 0};
const kinds = () => tgan.kinds(value?.medium, value?.route); // whose words
const isCodes = () => value?.route === 'latent'; // tokens are latent: each writes words, none is one
const CLS = -1;

// -- data ---------------------------------------------------------------------------------------
const decoded = new WeakMap();
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

// {layers, heads, rows, keys, lead, only} + row(layer, head, query)
function unpack(net) {
  if (!net) return null;
  if (!decoded.has(net)) {
    const data = bytes(net.data);
    const top = new Float32Array(bytes(net.top).buffer);
    const kept = net.only === null ? net.rows : 1;
    decoded.set(net, {
      ...net,
      row(layer, head, query) {
        const q = net.only === null ? query : query === net.only ? 0 : -1;
        if (q < 0 || q >= kept) return null;
        const i = (layer * net.heads + head) * kept + q;
        return Float32Array.from(data.subarray(i * net.keys, (i + 1) * net.keys), (b) => (b * top[i]) / 255);
      },
    });
  }
  return decoded.get(net);
}

const shown = () => value?.[state.source] || null;
const net = () => unpack(shown()?.nets[state.net]);
const grid = () => shown().grid;
const count = () => tgan.tokens(grid());
const rows = () => grid().at(-2);
const columns = () => grid().at(-1); // of one step
const isClip = () => grid().length > 2;
const query = () => state.token + (net()?.lead || 0);

// the layer and head whose row has the largest single weight
function strongest() {
  const n = net();
  let best = {layer: 0, head: 0, top: -1};
  for (let layer = 0; layer < n.layers; layer++) {
    for (let head = 0; head < n.heads; head++) {
      const row = n.row(layer, head, query());
      const top = row ? Math.max(...row) : -1;
      if (top > best.top) best = {layer, head, top};
    }
  }
  return best;
}

// weight on any map of the wall, CLS left out
function largest(map) {
  if (map.rows) return Math.max(1e-9, ...map.rows.map((row) => Math.max(...row)));
  const n = net();
  let top = 1e-9;
  for (let i = 0; i < n.layers * n.heads; i++) {
    const row = n.row(Math.floor(i / n.heads), i % n.heads, query());
    if (row) top = Math.max(top, ...row.subarray(n.lead));
  }
  return top;
}

const chosen = () => (state.layer === null ? strongest() : {layer: state.layer, head: state.head});

// rows of weights over latent tokens, mean over what is not chosen
function crossMap() {
  const n = net();
  const rows = [];
  const layers = state.crossLayer < 0 ? [...Array(n.layers).keys()] : [state.crossLayer];
  const heads = state.crossHead < 0 ? [...Array(n.heads).keys()] : [state.crossHead];
  for (let q = 0; q < count(); q++) {
    const sum = new Float32Array(n.keys);
    for (const layer of layers)
      for (const head of heads)
        n.row(layer, head, q)?.forEach((w, m) => {
          sum[m] += w;
        });
    rows.push(sum.map((w) => w / (layers.length * heads.length)));
  }
  return rows;
}

const argmax = (row) => row.reduce((best, w, i) => (w > row[best] ? i : best), 0);

// What the big picture shows: {cells: weight per patch, cls: weight of CLS or null, ...which}
function current() {
  if (state.net === 'g_cross') {
    const rows = crossMap();
    const most = argmax(rows[state.token]);
    const latent = state.latent ?? most;
    return {cells: Float32Array.from(rows, (row) => row[latent]), cls: null, rows, latent, most};
  }
  const n = net();
  const pick = chosen();
  const flow = state.flow && shown().rollout[state.net];
  const row = flow ? unpack(flow).row(0, 0, query()) : n.row(pick.layer, pick.head, query());
  if (!row) return null;
  return {cells: row.subarray(n.lead), cls: n.lead ? row[0] : null, row, ...pick, flow: !!flow};
}

// Rollout keeps most of a patch in itself; its scale ends at the strongest other one.
const topOf = (cells, flow) => Math.max(1e-9, ...(flow ? cells.filter((_, i) => i !== state.token) : cells));

// -- colours ------------------------------------------------------------------------------------
const rgb = (name) => {
  const hex = getComputedStyle(element).getPropertyValue(name).trim().slice(1);
  return [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16) || 0);
};
const tables = {};

// 256 colours from six CSS variables
function ramp(kind) {
  const stops = [0, 1, 2, 3, 4, 5].map((i) => rgb(`--${kind}-${i}`));
  const key = kind + stops.join();
  return (tables[key] ||= Array.from({length: 256}, (_, i) => {
    const x = i / 51;
    const low = Math.min(4, Math.floor(x));
    const part = x - low;
    return stops[low].map((c, k) => Math.round(c + (stops[low + 1][k] - c) * part));
  }));
}

function paint(small, cells, top) {
  const size = isClip() ? Math.max(4, Math.round(32 / columns())) : 1;
  const table = ramp('map'); // a clip's steps have thin gaps between
  const map = tgan.places(grid(), columns() * size, rows() * size, {gap: size > 1 ? 3 : 0});
  small.width = map.width;
  small.height = map.height;
  const context = small.getContext('2d');
  cells.forEach((w, i) => {
    const {x, y} = map.box(i);
    context.fillStyle = `rgb(${table[Math.min(255, Math.round((255 * w) / (top || 1)))]})`;
    context.fillRect(x, y, size, size);
  });
}

// -- the big picture ----------------------------------------------------------------------------
const pictures = new WeakMap();

// [in colour, in grey], as canvases of the item's own pixels; frames lie below each other
function picture(item) {
  if (!pictures.has(item) && item.src) {
    const made = tgan.written(JSON.parse(item.src.slice(5)));
    pictures.set(item, [made, made]);
  }
  if (!pictures.has(item)) {
    const data = bytes(item.data);
    pictures.set(
      item,
      [false, true].map((grey) => {
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
      }),
    );
  }
  return pictures.get(item);
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
let shared = 1; // top of the one scale for all maps
let laid = null; // where the tokens lie on the big canvas
const GAP = 10;
const FOOT = 26; // between a clip's steps; below each, what it stands for
const tubelet = () => shown().item.frames / grid()[0]; // frames of a step

function lay() {
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
  return tgan.places(grid(), size.w, size.h, isClip() ? {across, gap: GAP, foot: FOOT} : {});
}

function drawPicture(map) {
  const {item} = shown();
  $('.hear').hidden = !item.sound;
  laid = lay();
  const c = tgan.crisp(canvas, laid.width, laid.height);
  const [colour, grey] = picture(item);
  tgan.smooth(c, colour);
  const frame = (k) => (isClip() ? Math.floor((k + 0.5) * tubelet()) : 0);
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
    const top = state.same && !map.flow ? shared : topOf(map.cells, map.flow);
    const table = ramp('hot');
    c.globalAlpha = state.opacity;
    put(grey);
    if (colour.isText) c.globalCompositeOperation = 'multiply'; // letters stay to be read
    map.cells.forEach((w, i) => {
      const level = Math.min(255, Math.round((255 * w) / (top || 1)));
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
  if (isClip()) drawFeet(c, map);
  if (state.hover !== null) outline(c, state.hover, false);
  if (state.token >= 0) outline(c, state.token, true);
  Object.assign(canvas.dataset, {
    token: state.token === CLS ? 'cls' : state.token,
    net: state.net,
    source: state.source,
    sum: map ? sum.toString(16) : '',
    stamp: value.stamp,
    model: value.model,
    layer: map?.layer ?? (map?.rows ? (state.crossLayer < 0 ? 'mean' : state.crossLayer) : ''),
    head: map?.head ?? (map?.rows ? (state.crossHead < 0 ? 'mean' : state.crossHead) : ''),
    latent: map?.latent ?? '',
    rollout: map?.flow ? '1' : '',
    steps: laid.steps,
    shares:
      map && isClip()
        ? tgan
            .perStep(map.cells, grid())
            .map((x) => x.toFixed(3))
            .join()
        : '',
  });
  if (map?.flow) canvas.dataset.layer = canvas.dataset.head = 'rollout';
}

// below each step: its frames, and how much of the attention it gets
function drawFeet(c, map) {
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
    c.fillText(t('inside.frames', {from: k * tubelet() + 1, to: (k + 1) * tubelet()}), x, base);
    c.font = '600 12px system-ui, sans-serif';
    c.textAlign = 'right';
    c.fillStyle = ink;
    c.fillText(share, x + w, base);
  }
}

// the clip as it plays, under the map of the step that it is in
function drawClip(map) {
  const mini = $('.clip');
  const film = isClip();
  mini.hidden = !film;
  if (!film) return;
  const {item} = shown();
  const side = tgan.wholeSize(item.w, 96);
  const now = tgan.clock.frame(item.frames);
  const k = Math.floor(now / tubelet());
  const c = tgan.crisp(mini, side, (side * item.h) / item.w);
  const one = tgan.places([rows(), columns()], side, (side * item.h) / item.w);
  c.drawImage(picture(item)[0], 0, now * item.h, item.w, item.h, 0, 0, side, (side * item.h) / item.w);
  if (map) {
    const top = state.same && !map.flow ? shared : topOf(map.cells, map.flow);
    const table = ramp('hot');
    for (let i = 0; i < rows() * columns(); i++) {
      const level = Math.min(255, Math.round((255 * map.cells[k * rows() * columns() + i]) / (top || 1)));
      const {x, y, w, h} = one.box(i);
      c.globalAlpha = (state.opacity * 0.8 * level) / 255;
      c.fillStyle = `rgb(${table[level]})`;
      c.fillRect(x, y, w, h);
    }
  }
  c.globalAlpha = 1;
  Object.assign(mini.dataset, {frame: now, playing: tgan.clock.playing});
  mini.setAttribute('aria-label', t('inside.clip'));
  mini.title = t('inside.clip');
  drawHead(now);
}

let headAt = -1; // the frame under the play head

// a line below the step that plays, as far as it has come
function drawHead(now) {
  const c = canvas.getContext('2d');
  const line = (frame, style) => {
    const {x, y, w, h} = laid.step(Math.floor(frame / tubelet()));
    const part = ((frame % tubelet()) + 1) / tubelet();
    c.clearRect(x, y + h + 1, w, 4);
    if (style) {
      c.fillStyle = style;
      c.fillRect(x, y + h + 2, w * part, 2);
    }
  };
  if (headAt >= 0 && headAt < shown().item.frames) line(headAt, '');
  headAt = now;
  line(now, tgan.css('--tg-accent') || '#0b6e69');
}

tgan.clock.listen(() => {
  if (value?.state === 'ready' && shown() && isClip() && laid && $('.main').clientWidth) drawClip(current());
}, element);
const toggle = () => {
  if (ready()) {
    tgan.clock.toggle();
    drawClip(current());
  }
};
$('.clip').addEventListener('click', toggle);
$('.clip').addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' && event.key !== ' ') return;
  event.preventDefault();
  event.stopPropagation();
  toggle();
});

function outline(c, token, selected) {
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
  if (state.net === 'd' && value.overlap) {
    const grow = (value.overlap * size.w) / shown().item.w;
    box(grow, 3, '#0009', []);
    box(grow, 1.5, '#fff', [5, 4]);
  }
  c.setLineDash([]);
}

// -- the wall -----------------------------------------------------------------------------------
const node = (tag, attributes = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [key, v] of Object.entries(attributes)) made.setAttribute(key, v);
  made.append(...children);
  return made;
};
let wallShape = '';

function drawWall(map) {
  const n = net();
  const cross = state.net === 'g_cross';
  const shape = [state.net, n.layers, n.heads, n.keys, grid(), tgan.lang].join();
  if (shape !== wallShape) {
    wallShape = shape;
    if (cross) buildCross(n);
    else buildWall(n);
  }
  const cells = [...wall.querySelectorAll('button[data-layer], button[data-latent]')].map((button) => {
    const {layer, head, latent} = button.dataset;
    const row = cross ? map.rows.map((r) => r[+latent]) : n.row(+layer, +head, query())?.subarray(n.lead);
    return {button, row, layer: +layer, head: +head, latent: +latent};
  });
  for (const {button, row, layer, head, latent} of cells) {
    if (row) paint(button.firstChild, row, state.same ? shared : topOf(row));
    const on = cross ? latent === map?.latent : !map?.flow && layer === map?.layer && head === map?.head;
    button.setAttribute('aria-pressed', on);
    if (cross) {
      button.querySelector('span').textContent =
        `${latent + 1} · ${percent(map.rows[state.token][latent])} %`;
      button.toggleAttribute('data-most', latent === map.most);
    }
  }
  const flow = wall.querySelector('.flow');
  const flowNet = unpack(shown().rollout[state.net]);
  if (flow && flowNet) {
    const row = flowNet.row(0, 0, query())?.subarray(flowNet.lead);
    if (row) paint(flow.firstChild, row, topOf(row, true));
    flow.setAttribute('aria-pressed', state.flow);
  }
  $('.strong').textContent = t(cross ? 'inside.strongest.cross' : 'inside.strongest');
  $('.strong').title = t(cross ? 'inside.strongest.cross.what' : 'inside.strongest.what');
  $('.strong').setAttribute(
    'aria-pressed',
    cross ? state.latent === null : state.layer === null && !state.flow,
  );
  $('.scale').textContent = state.same
    ? t('inside.scale.same', {top: percent(shared)})
    : t('inside.scale.own');
}

function buildWall(n) {
  const tags = Array.from({length: n.heads}, (_, i) =>
    node('div', {class: 'tag'}, (n.heads > 8 ? '' : 'H') + (i + 1)),
  );
  const side = isClip() ? 160 : Math.max(36, Math.min(132, 600 / n.layers));
  wall.style.gridTemplateColumns = `auto repeat(${n.heads}, minmax(0, ${side}px))`;
  wall.replaceChildren(node('div', {class: 'tag'}), ...tags);
  for (let layer = 0; layer < n.layers; layer++) {
    wall.append(node('div', {class: 'tag'}, 'L' + (layer + 1)));
    for (let head = 0; head < n.heads; head++) {
      const label = t('inside.map', {layer: layer + 1, head: head + 1});
      wall.append(
        node(
          'button',
          {type: 'button', 'data-layer': layer, 'data-head': head, 'aria-label': label, title: label},
          node('canvas'),
        ),
      );
    }
  }
  if (shown().rollout[state.net]) {
    wall.append(
      node(
        'button',
        {type: 'button', class: 'flow', title: t('inside.rollout.what')},
        node('canvas'),
        node('span', {}, t('inside.rollout')),
      ),
    );
  }
  $('.right h3').textContent = t('inside.wall');
}

function buildCross(n) {
  const wide = Math.min(
    n.keys,
    isClip()
      ? $('.right').clientWidth < 420
        ? 2
        : 4
      : $('.right').clientWidth < 420
        ? 4
        : n.keys > 16
          ? 8
          : 4,
  );
  wall.style.gridTemplateColumns = `repeat(${wide}, minmax(0, ${isClip() ? 176 : 128}px))`;
  wall.replaceChildren(
    ...Array.from({length: n.keys}, (_, m) =>
      node(
        'button',
        {type: 'button', class: 'latent', 'data-latent': m, 'aria-label': t('inside.latent', {m: m + 1})},
        node('canvas'),
        node('span'),
      ),
    ),
  );
  for (const [id, size, key] of [
    ['layer', n.layers, 'crossLayer'],
    ['head', n.heads, 'crossHead'],
  ]) {
    const select = $('#inside-' + id);
    state[key] = Math.min(state[key], size - 1);
    select.replaceChildren(
      node('option', {value: -1}, t('inside.mean')),
      ...Array.from({length: size}, (_, i) => node('option', {value: i}, String(i + 1))),
    );
    select.value = state[key];
  }
  $('.right h3').textContent = t('inside.wall.cross');
}

// -- words --------------------------------------------------------------------------------------
const percent = (share) => (share >= 0.0995 ? (100 * share).toFixed(0) : (100 * share).toFixed(1));
const spread = (row) => Math.exp(-row.reduce((h, w) => h + (w > 0 ? w * Math.log(w) : 0), 0)); // places looked at
const pieces = () => shown()?.item.pieces;
const codeName = (i) => {
  const piece = pieces()?.[i]?.trim();
  return t(piece ? 'inside.code' : 'inside.code.bare', {
    n: i + 1,
    piece: piece?.length > 48 ? piece.slice(0, 46) + '…' : piece,
  });
};
const patchName = (i) =>
  i === CLS
    ? t('inside.cls')
    : isCodes()
      ? codeName(i)
      : pieces()
        ? t('inside.piece', {piece: pieces()[i]?.trim() || '∅', n: i + 1})
        : t('inside.patch', spot(i));

// row, column and step of a patch, as people count
function spot(i) {
  const [step, row, column] = tgan.places(grid(), 1, 1).split(i);
  return {row: row + 1, column: column + 1, step: step + 1};
}

function region(i) {
  const gh = rows();
  const gw = columns();
  const third = (p, n) => (n < 3 ? (n === 1 ? 1 : 2 * p) : Math.min(2, Math.floor((3 * (p + 0.5)) / n)));
  return t('inside.region.' + (3 * third(Math.floor(i / gw) % gh, gh) + third(i % gw, gw)));
}

// which of the known habits this row has
function where(map) {
  const gh = rows();
  const gw = columns();
  const {cells, cls, row} = map;
  const i = state.token;
  const places = spread(row);
  const best = argmax(cells);
  const w = cells[best];
  const say = (key, share, more) => t('inside.where.' + key, {share: percent(share), ...more});
  if (places > 0.9 * row.length) return say('even', w);
  if (cls !== null && cls >= w && (i !== CLS || cls > 0.3)) return say(i === CLS ? 'self' : 'cls', cls);
  const top = w >= Math.min(0.5, Math.max(0.12, 4 / row.length));
  if (isCodes())
    return best === i && top
      ? say('self', w)
      : say(top ? 'far' : 'spread', w, {token: codeName(best), n: Math.max(2, Math.round(places))});
  const far = {...spot(best), region: region(best)};
  const from = spot(Math.max(0, i));
  if (isClip() && i !== CLS) {
    const habit = best === i && top ? null : tgan.inTime(cells, grid(), i, best, top);
    if (habit) return say(...habit);
  }
  const y = far.row - 1;
  const x = far.column - 1;
  const qy = from.row - 1;
  const qx = from.column - 1;
  const mass = (test) => cells.reduce((sum, v, k) => sum + (test(Math.floor(k / gw), k % gw) ? v : 0), 0);
  const sharp = top;
  if (i !== CLS && sharp && far.step === from.step) {
    const dy = y - qy;
    const dx = x - qx;
    if (!dy && !dx) return say('self', w);
    if (!dy && Math.abs(dx) === 1) return say(dx < 0 ? 'left' : 'right', w);
    if (!dx && Math.abs(dy) === 1) return say(dy < 0 ? 'up' : 'down', w);
    if (Math.abs(dx) === 1 && Math.abs(dy) === 1) return say('diagonal', w);
    if (y === qy && x === gw - 1 - qx) return say('mirror', w);
    if (x === qx && y === gh - 1 - qy) return say('flip', w);
    if (y === gh - 1 - qy && x === gw - 1 - qx) return say('opposite', w);
  }
  if (i !== CLS && !isClip()) {
    const near = mass((a, b) => Math.abs(a - qy) <= 1 && Math.abs(b - qx) <= 1);
    if (near > 0.5 && gh * gw > 9) return say('around', near);
    const inRow = mass((a) => a === qy);
    const inColumn = mass((_, b) => b === qx);
    if (gh > 2 && inRow > 0.5 && inRow >= inColumn) return say('row', inRow);
    if (gw > 2 && inColumn > 0.5) return say('column', inColumn);
  }
  return sharp ? say('far', w, far) : say('spread', w, {...far, n: Math.max(2, Math.round(places))});
}

function paints(cells) {
  const total = cells.reduce((a, b) => a + b, 0) || 1;
  const shares = cells.map((w) => w / total);
  const parts = {};
  if (spread(shares) > 0.9 * cells.length) return t('inside.paints.all');
  const most = argmax(shares);
  if (isCodes()) return t('inside.paints.region', {region: codeName(most), share: percent(shares[most])});
  if (isClip()) {
    const per = tgan.perStep(shares, grid());
    const step = argmax(per);
    if (per[step] > 1.6 / per.length)
      return t('inside.paints.step', {step: step + 1, share: percent(per[step])});
  }
  shares.forEach((w, i) => {
    const name = region(i);
    parts[name] = (parts[name] || 0) + w;
  });
  const [name, share] = Object.entries(parts).sort((a, b) => b[1] - a[1])[0];
  return t('inside.paints.region', {region: name, share: percent(share)});
}

// rollout without what stays in the token itself
function others(map) {
  const row = map.row.slice();
  const n = net();
  row[query()] = 0;
  const total = row.reduce((a, b) => a + b, 0) || 1;
  row.forEach((w, i) => {
    row[i] = w / total;
  });
  return {...map, row, cells: row.subarray(n.lead), cls: n.lead ? row[0] : null};
}

function sentence(map) {
  const token = patchName(state.token);
  if (map.rows) {
    const key =
      state.crossLayer < 0
        ? state.crossHead < 0
          ? '.mean'
          : '.layers'
        : state.crossHead < 0
          ? '.heads'
          : '';
    const name = t('inside.map' + key, {layer: state.crossLayer + 1, head: state.crossHead + 1});
    const latent = t('inside.latent', {m: map.latent + 1});
    const paint = paints(map.cells);
    return state.latent !== null && map.latent !== map.most
      ? t('inside.says.latent', {map: name, latent, where: paint})
      : t('inside.says.cross', {
          map: name,
          token,
          latent,
          share: percent(map.cells[state.token]),
          where: paint,
        });
  }
  if (map.flow)
    return t('inside.says.rollout', {map: t('inside.map.rollout'), token, where: where(others(map))});
  const key = state.layer === null ? 'inside.map.strongest' : 'inside.map';
  return t('inside.says', {
    map: t(key, {layer: map.layer + 1, head: map.head + 1}),
    token,
    where: where(map),
  });
}

function readout(map) {
  const i = state.hover ?? (map.rows ? state.token : null);
  if (i === null || !(i in map.cells)) return t('inside.selected', {token: patchName(state.token)});
  if (map.rows)
    return t('inside.readout.cross', {
      token: patchName(i),
      share: percent(map.cells[i]),
      latent: t('inside.latent', {m: map.latent + 1}),
    });
  return t('inside.readout', {token: patchName(i), share: percent(map.cells[i])});
}

function drawVerdict() {
  const v = shown().verdict;
  const box = $('#inside-verdict');
  box.hidden = state.net !== 'd' || !v;
  if (box.hidden) return;
  const all = [...v.generated, v.logit];
  const low = Math.min(...all);
  const high = Math.max(...all);
  const pad = (high - low) * 0.04 || 1;
  const place = (x) => `left:${((100 * (x - low + pad)) / (high - low + 2 * pad)).toFixed(2)}%`;
  const digits = Math.min(5, Math.max(2, Math.ceil(1.3 - Math.log10(high - low || 1))));
  const fixed = (x) => x.toFixed(digits).replace('-', '−');
  const numbers = {
    n: v.generated.length,
    below: v.below,
    logit: fixed(v.logit),
    low: fixed(v.generated[0] ?? 0),
    high: fixed(v.generated.at(-1) ?? 0),
  };
  const judged =
    v.class === null || v.class === undefined
      ? ''
      : ' ' + t(v.best ? 'inside.verdict.best' : 'inside.verdict.class', {name: v.class});
  $('.said').textContent = t(v.key, numbers) + judged;
  $('.line').replaceChildren(
    ...v.generated.map((x) => node('i', {style: place(x)})),
    node('b', {style: place(v.logit)}),
  );
  $('.numbers').textContent =
    t('inside.verdict.logit', numbers) +
    (state.source === 'uploaded' ? ' · ' + t('inside.verdict.caveat', {data: value.data}) : '');
  Object.assign(box.dataset, {logit: v.logit, key: v.key});
  drawBlame();
}

// of a text: how much realer D would find it without each token
function drawBlame() {
  const {blame, pieces: words} = shown().item;
  const box = $('.blame');
  box.hidden = !words?.length;
  if (box.hidden) return;
  const top = Math.max(1e-6, ...words.map((_, i) => Math.abs(blame[i])));
  const worst = argmax(blame.slice(0, words.length));
  const chip = (word, i, ...more) => {
    const share = Math.round(70 * Math.min(1, Math.abs(blame[i]) / top));
    const colour = blame[i] > 0 ? '--tg-fake' : '--tg-real';
    return node(
      'span',
      {
        style: `background: color-mix(in srgb, var(${colour}) ${share}%, transparent)`,
        title: blame[i].toFixed(3).replace('-', '−'),
      },
      word,
      ...more,
    );
  };
  const said =
    blame[worst] > 0
      ? t('inside.blame', {
          piece: words[worst].trim() || '∅',
          code: isCodes() ? codeName(worst) : '',
          by: blame[worst].toFixed(2),
        })
      : t('inside.blame.none');
  const chips = isCodes()
    ? words.map((word, i) => chip(node('sub', {}, String(i + 1)), i, ' ' + word))
    : words.map((word, i) => chip(word, i));
  box.classList.toggle('apart', isCodes());
  box.replaceChildren(...chips, document.createElement('br'), node('small', {}, said));
}

// -- codes: the whole text, every stretch in the colour of the code that mostly writes it ------------
function drawReading() {
  const {spans, said, text} = shown().item;
  const box = $('.reading');
  const words = pieces();
  box.hidden = !spans;
  if (box.hidden) return;
  const parts = spans
    .map(([part, code]) => {
      const chip = node(
        'button',
        {
          type: 'button',
          'data-code': code,
          style: `--hue: ${Math.round((360 * code) / words.length)}`,
          title: t('inside.code.bare', {n: code + 1}),
          'aria-pressed': code === state.token,
        },
        part.trimEnd(),
        node('sub', {}, String(code + 1)),
      );
      return [part.slice(0, part.length - part.trimStart().length), chip, part.slice(part.trimEnd().length)];
    })
    .flatMap(([before, chip, after]) => [before, chip, after]);
  const line = node('p', {class: /\n|[{}()=]/.test(text) ? 'text code' : 'text'}, ...parts);
  box.replaceChildren(
    line,
    node(
      'small',
      {},
      t('inside.reading') +
        (said !== null && said !== undefined && said !== text
          ? ' ' + t('inside.reading.said', {text: said})
          : ''),
    ),
  );
}

$('.reading').addEventListener('click', (event) => {
  const chip = event.target.closest('[data-code]');
  if (chip) set({token: +chip.dataset.code});
});

// -- texts: the same weights as arcs over the words and as a matrix of all tokens -------------------
function drawTokens(map) {
  const words = pieces();
  const box = $('.tokens');
  box.hidden = !words?.length || !!map?.rows || !map;
  if (box.hidden) return;
  const n = Math.min(count(), 64);
  const room = Math.min(720, $('.stage').clientWidth || 320);
  const step = room / n;
  const ink = tgan.css('--tg-ink') || '#888';
  const hot = `rgb(${ramp('hot')[200]})`;
  const tall = (state.token === CLS ? 4 : Math.min(150, room / 3)) + 30;
  const arcs = $('.arcs');
  const c = tgan.crisp(arcs, room, tall);
  const x = (i) => (i + 0.5) * step;
  const base = tall - 26;
  const from = Math.max(0, state.token);
  const top = topOf(map.cells, map.flow);
  for (let i = 0; i < n; i++) {
    const w = Math.min(1, map.cells[i] / top);
    if (state.token !== CLS && i !== from && w > 0.04) {
      c.beginPath();
      c.ellipse(
        (x(i) + x(from)) / 2,
        base,
        Math.abs(x(i) - x(from)) / 2,
        Math.min(base - 4, Math.abs(x(i) - x(from)) * 0.6),
        0,
        Math.PI,
        2 * Math.PI,
      );
      c.strokeStyle = hot;
      c.globalAlpha = 0.15 + 0.85 * w;
      c.lineWidth = 0.5 + 5 * w;
      c.stroke();
    }
    c.globalAlpha = i === from && state.token !== CLS ? 1 : 0.35 + 0.65 * w;
    c.fillStyle = i === from && state.token !== CLS ? hot : ink;
    c.textAlign = 'center';
    c.textBaseline = 'middle';
    const word = (words[i] ?? '·').trim() || '·';
    if (isCodes()) {
      c.font = '600 12px sans-serif';
      c.fillText(String(i + 1), x(i), base + 7);
      c.font = '11px sans-serif';
      c.fillText(clipped(c, (words[i] ?? '').trim(), step - 4), x(i), base + 20);
      continue;
    }
    c.font = `${Math.max(8, Math.min(18, (step * 0.9) / Math.max(1, [...word].length * 0.6)))}px sans-serif`;
    c.fillText(word, x(i), base + 14);
  }
  c.globalAlpha = 1;
  const maps = net();
  const side = Math.min(room, 320);
  const table = ramp('map');
  const codes = isCodes();
  const wide = codes ? Math.min(room, 480) : side;
  const edge = codes ? Math.round(wide * 0.42) : 0;
  const head = codes ? 16 : 0;
  const cell = (wide - edge) / n;
  const m = tgan.crisp($('.matrix'), wide, head + cell * n);
  Object.assign($('.matrix').dataset, {head, tall: head + cell * n});
  if (codes) {
    m.textBaseline = 'middle';
    m.fillStyle = ink;
    m.font = '12px sans-serif';
    for (let k = 0; k < n; k++) {
      m.textAlign = 'center';
      m.fillText(String(k + 1), edge + (k + 0.5) * cell, head / 2);
      m.textAlign = 'left';
      m.fillText(clipped(m, `${k + 1}  ${(words[k] ?? '').trim()}`, edge - 6), 0, head + (k + 0.5) * cell);
    }
  }
  for (let q = 0; q < n; q++) {
    const row = map.flow
      ? unpack(shown().rollout[state.net]).row(0, 0, q + maps.lead)
      : maps.row(map.layer, map.head, q + maps.lead);
    if (!row) continue;
    const most = Math.max(1e-9, ...row.subarray(maps.lead));
    for (let k = 0; k < n; k++) {
      m.fillStyle = `rgb(${table[Math.min(255, Math.round((255 * row[k + maps.lead]) / most))]})`;
      m.fillRect(edge + k * cell, head + q * cell, cell + 0.5, cell + 0.5);
    }
  }
  if (state.token !== CLS) {
    m.strokeStyle = '#fff';
    m.lineWidth = 2;
    m.strokeRect(edge, head + from * cell, wide - edge, cell);
  }
}

function clipped(c, text, room) {
  if (c.measureText(text).width <= room) return text;
  while (text && c.measureText(text + '…').width > room) text = text.slice(0, -1);
  return text && text + '…';
}

for (const [name, at] of [
  ['.arcs', (box, event) => (event.clientX - box.left) / box.width],
  [
    '.matrix',
    (box, event) => {
      const {head = 0, tall = 1} = $('.matrix').dataset;
      return (event.clientY - box.top - (head / tall) * box.height) / (box.height * (1 - head / tall));
    },
  ],
]) {
  $(name).addEventListener('click', (event) => {
    const box = $(name).getBoundingClientRect();
    const n = Math.min(count(), 64);
    set({token: Math.min(n - 1, Math.max(0, Math.floor(at(box, event) * n)))});
  });
}
$('.type').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = $('.type input').value.trim();
  if (!text) return;
  root.dataset.busy = '1';
  clearTimeout(patience);
  patience = setTimeout(() => delete root.dataset.busy, 20000);
  trigger('typed', {text});
});

// -- all of it ----------------------------------------------------------------------------------
// make the state fit what came
function settle() {
  if (state.source === 'uploaded' && !value.uploaded) state.source = 'generated';
  const nets = shown()?.nets || {};
  if (!(state.net in nets))
    state.net = Object.keys(nets).includes('g_self') ? 'g_self' : (Object.keys(nets)[0] ?? state.net);
  const n = nets[state.net];
  if (!n) return false;
  if (state.grid !== String(grid())) {
    state.grid = String(grid());
    if (state.token !== CLS) state.token = null;
  }
  if (state.token === null) state.token = tgan.middle(grid());
  if (state.token === CLS && !n.lead) state.token = Math.floor(count() / 2);
  if (state.layer !== null && (state.layer >= n.layers || state.head >= n.heads))
    state.layer = state.head = null;
  if (state.latent !== null && state.net === 'g_cross' && state.latent >= n.keys) state.latent = null;
  return true;
}

let fetching = 0; // since when; the answer is a new value

function draw() {
  $('.busy').textContent = t('inside.busy.upload');
  $('.formula').textContent = t(state.formula ? 'inside.formula.close' : 'inside.formula');
  $('.formula').setAttribute('aria-expanded', state.formula);
  const panel = document.getElementById('inside-formula');
  if (panel) panel.style.display = state.formula ? '' : 'none';
  const upload = document.getElementById('inside-upload'); // our own button and drop zone stand for it
  if (upload) upload.style.display = 'none';
  root.dataset.state = value?.state || 'busy';
  const isText = value?.medium === 'text';
  root.classList.toggle('film', value?.medium === 'video');
  $('.type').hidden = !isText;
  $('.open').hidden = isText;
  $('.tokens').hidden = $('.reading').hidden = true;
  $('.notice').hidden = !value?.notice;
  $('.notice').textContent = value?.notice || '';
  if (!value || value.state !== 'ready' || !settle()) {
    if (value?.state === 'ready') root.dataset.state = 'empty';
    $('.empty').textContent = !value
      ? t('inside.busy')
      : value.message || t(value.state === 'ready' ? 'inside.no_maps' : 'inside.empty');
    return;
  }
  const {nets} = shown();
  const uploaded = state.source === 'uploaded';
  for (const button of root.querySelectorAll('button[data-net]')) {
    button.disabled = !(button.dataset.net in nets);
    button.hidden = button.dataset.net === 'g_cross' && !uploaded && button.disabled;
    button.setAttribute('aria-pressed', button.dataset.net === state.net);
  }
  for (const button of root.querySelectorAll('button[data-source]'))
    button.setAttribute('aria-pressed', button.dataset.source === state.source);
  const why = uploaded ? 'inside.why.uploaded' : 'g_cross' in nets ? '' : 'inside.why.cross';
  $('.what').textContent = t(`inside.net.${state.net}.what`) + (why ? ' ' + t(why) : '');
  root.querySelector('.pick').hidden = state.net !== 'g_cross';
  if (!$('.main').clientWidth) return; // the tab is closed; opening it changes the size and draws
  const map = current();
  shared = map ? largest(map) : 1;
  drawPicture(map);
  drawClip(map);
  // this row was not sent
  if (!map) {
    $('.sentence').textContent = t('inside.fetch');
    if (Date.now() - fetching > 10000) {
      fetching = Date.now();
      trigger('fetch', {token: state.token});
    }
    return;
  }
  drawWall(map);
  drawTokens(map);
  drawReading();
  $('.sentence').textContent = sentence(map);
  $('.readout').textContent = readout(map);
  $('.cls').hidden = state.net !== 'd';
  if (state.net === 'd') {
    $('.cls').setAttribute('aria-pressed', state.token === CLS);
    const top = state.same && !map.flow ? shared : topOf(map.cells, map.flow);
    $('.cls i').style.background = `rgb(${ramp('map')[Math.min(255, Math.round((255 * map.cls) / top))]})`;
    $('.cls span').textContent = `${t('inside.cls')} ${percent(map.cls)} %`;
  }
  canvas.setAttribute(
    'aria-label',
    t('inside.canvas', {steps: grid()[0], rows: rows(), columns: columns(), token: patchName(state.token)}),
  );
  drawVerdict();
  if (state.formula) ask(map);
}

// a mean has no formula: take the layer and head that read this latent token most
function crossPick(latent) {
  const n = net();
  let best = {layer: 0, head: 0, w: -1};
  for (let layer = 0; layer < n.layers; layer++)
    for (let head = 0; head < n.heads; head++) {
      if (
        (state.crossLayer >= 0 && layer !== state.crossLayer) ||
        (state.crossHead >= 0 && head !== state.crossHead)
      )
        continue;
      const w = n.row(layer, head, state.token)?.[latent] ?? 0;
      if (w > best.w) best = {layer, head, w};
    }
  return {layer: best.layer, head: best.head};
}

// One question at a time, the newest next: Gradio may drop or repeat the data of events that overlap.
let wanted = '';
let sent = '';
let asking = 0;
let timer = 0;
let number = 0;
let answers = null;

function ask(map) {
  const pick = map.rows ? crossPick(map.latent) : {layer: map.layer, head: map.head};
  wanted = JSON.stringify({
    open: true,
    source: state.source,
    net: state.net,
    token: state.token,
    lang: tgan.lang,
    stamp: value.stamp,
    ...pick,
  });
  clearTimeout(timer);
  timer = setTimeout(send, 100);
}

function send() {
  const panel = document.getElementById('inside-formula');
  if (!answers && panel) {
    answers = new MutationObserver(() => {
      asking = 0;
      send();
    });
    answers.observe(panel, {childList: true, subtree: true, attributes: true, attributeFilter: ['data-ask']});
  }
  if (!state.formula || wanted === sent || Date.now() - asking < 4000) return;
  sent = wanted;
  asking = Date.now();
  setTimeout(send, 4100); // no answer came; perhaps something newer is wanted by now
  trigger('formula', {...JSON.parse(sent), n: ++number});
}

// -- hands --------------------------------------------------------------------------------------
function at(event) {
  const box = canvas.getBoundingClientRect();
  return (
    laid &&
    laid.at(
      ((event.clientX - box.left) / box.width) * laid.width,
      ((event.clientY - box.top) / box.height) * laid.height,
    )
  );
}

const ready = () => value?.state === 'ready' && shown();
const set = (changes) => {
  Object.assign(state, changes);
  draw();
};
const hover = (i) => {
  if (!ready() || state.hover === i) return;
  state.hover = i;
  const map = current();
  drawPicture(map);
  drawClip(map);
  if (map) $('.readout').textContent = readout(map);
};
canvas.addEventListener('pointermove', (event) => {
  if (ready()) hover(at(event));
});
canvas.addEventListener('pointerleave', () => hover(null));
canvas.addEventListener('click', (event) => {
  const i = ready() ? at(event) : null;
  if (i !== null) set({token: i});
});
canvas.addEventListener('keydown', (event) => {
  const step = tgan.arrow(event.key);
  if (!step || !ready() || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  event.stopPropagation();
  if (state.token === CLS) return set({token: 0});
  const to = lay().move(state.token, ...step);
  if (to !== null) set({token: to});
  else if (step[1] < 0 && net().lead) set({token: CLS}); // CLS lies before the first row
});
wall.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button || !ready()) return;
  if (button.dataset.latent !== undefined) set({latent: +button.dataset.latent});
  else if (button.classList.contains('flow')) set({flow: !state.flow});
  else set({layer: +button.dataset.layer, head: +button.dataset.head, flow: false});
});
wall.addEventListener('keydown', (event) => {
  const all = [...wall.querySelectorAll('button')];
  const i = all.indexOf(event.target.closest('button'));
  const across = net()?.heads || 1;
  const step = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across}[event.key];
  if (i < 0 || !step || (state.net === 'g_cross' && Math.abs(step) > 1)) return;
  event.preventDefault();
  event.stopPropagation();
  all[Math.min(all.length - 1, Math.max(0, i + step))].focus();
});
const file = () => document.querySelector('#inside-upload input[type=file]');
root.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  if (button.dataset.net && ready())
    set({
      net: button.dataset.net,
      flow: false,
      layer: null,
      head: null,
      token: button.dataset.net === 'd' && state.net !== 'd' ? CLS : state.token,
    });
  else if (button.dataset.source === 'uploaded' && !value?.uploaded && value?.medium === 'text')
    $('.type input').focus();
  else if ((button.dataset.source === 'uploaded' && !value?.uploaded) || button.classList.contains('open'))
    file()?.click();
  else if (button.dataset.source && ready()) set({source: button.dataset.source});
  else if (button.classList.contains('cls')) set({token: CLS});
  else if (button.classList.contains('strong')) set({layer: null, head: null, flow: false, latent: null});
  else if (button.classList.contains('formula')) {
    sent = '';
    asking = 0;
    set({formula: !state.formula});
    if (state.formula) document.getElementById('inside-formula')?.scrollIntoView({block: 'nearest'});
  }
});
$('.opacity input').addEventListener('input', (event) => set({opacity: event.target.value / 100}));
$('.same input').addEventListener('change', (event) => set({same: event.target.checked}));
$('#inside-layer').addEventListener('change', (event) => set({crossLayer: +event.target.value}));
$('#inside-head').addEventListener('change', (event) => set({crossHead: +event.target.value}));
const stage = $('.stage');
for (const kind of ['dragover', 'dragleave', 'drop']) {
  stage.addEventListener(kind, (event) => {
    event.preventDefault();
    stage.classList.toggle('over', kind === 'dragover');
    const input = file();
    if (kind !== 'drop' || !input || !event.dataTransfer.files.length) return;
    const one = new DataTransfer(); // the upload button takes it from here, with Gradio's own checks
    one.items.add(event.dataTransfer.files[0]);
    input.files = one.files;
    input.dispatchEvent(new Event('change', {bubbles: true}));
  });
}
let patience = 0;
document.addEventListener(
  'change',
  (event) => {
    if (event.target !== file() || !event.target.files?.length) return;
    root.dataset.busy = '1';
    clearTimeout(patience);
    patience = setTimeout(() => delete root.dataset.busy, 20000); // the upload itself was refused
  },
  true,
);

// -- news ---------------------------------------------------------------------------------------
function take() {
  const before = value?.uploaded?.id;
  fetching = 0;
  const whose = String(kinds());
  value = props.value && props.value.state ? props.value : null;
  if (String(kinds()) !== whose) {
    wallShape = '';
    tgan.words(element, kinds());
  }
  if (value?.answers === 'upload') {
    delete root.dataset.busy;
    clearTimeout(patience);
  }
  if (value?.uploaded && value.uploaded.id !== before)
    Object.assign(state, {source: 'uploaded', net: 'd', token: CLS, layer: null, head: null, flow: false});
  draw();
}

tgan.words(element);
tgan.onLook(() => {
  if (value) draw();
});
tgan.onLang(() => {
  wallShape = '';
  tgan.words(element, kinds());
  draw();
});
tgan.watchSize(stage);
take();
watch('value', take);
