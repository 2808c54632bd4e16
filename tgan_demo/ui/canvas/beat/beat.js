// A step sequencer over the pads of pads.js (tgan.kit): sixteen steps a row, a row for each kind of sound.
// Beat, tempo and swing stay in this browser; they belong to no kit. Tells 'tgan:beat' which pad sounds.
const box = element.querySelector('.beat');
const grid = element.querySelector('.grid');
const tempo = element.querySelector('#beat-tempo');
const swing = element.querySelector('#beat-swing');
const go = element.querySelector('#beat-play');
const STEPS = 16;
const AHEAD_S = 0.12;
const LATE_S = 1.4;
const TICK_MS = 25;
const RATE = 44100;
const ORDER = ['kick', 'snare', 'closed hat', 'open hat', 'tom', 'clap', 'rim']; // stand in for rows of other names
const PRESETS = {
  rock: {
    tempo: 116,
    swing: 50,
    kick: 'x......xx.x.....',
    snare: '....x.......x...',
    'closed hat': 'x.x.x.x.x.x.x...',
    'open hat': '..............x.',
  },
  house: {
    tempo: 124,
    swing: 54,
    kick: 'x...x...x...x...',
    clap: '....x.......x...',
    'closed hat': 'xx.xxx.xxx.xxx.x',
    'open hat': '..x...x...x...x.',
    rim: '...x..x....x..x.',
  },
  hiphop: {
    tempo: 88,
    swing: 62,
    kick: 'x..x...x..x.....',
    snare: '....x.......x..x',
    'closed hat': 'x.x.x.xxx.x.x.x.',
    'open hat': '......x.........',
    rim: '.......x......x.',
  },
};
// of ten, step by step, for a random beat
const ODDS = {
  kick: '9021302481130312',
  snare: '0100910100109103',
  'closed hat': '8283828382838283',
  'open hat': '0020002000200040',
  tom: '0000000001000134',
  clap: '0000400000004000',
  rim: '0102001300210021',
};
const clean = (kept) => ({
  tempo: Math.min(180, Math.max(60, Math.round(Number(kept?.tempo)) || 116)),
  swing: Math.min(75, Math.max(50, Math.round(Number(kept?.swing)) || 50)),
  rows: Object.fromEntries(Object.entries(kept?.rows ?? {}).filter(([, row]) => /^[x.]{16}$/.test(row))),
  picks: typeof kept?.picks === 'object' && kept.picks ? kept.picks : {},
});
const beat = clean(tgan.kept('beat') ?? {tempo: PRESETS.rock.tempo, rows: PRESETS.rock});
let cells = [];
let cursor = [0, 0];
let timer = 0;
let step = 0;
let due = 0;
let coming = [];
let paint = null;

const save = () => tgan.keep('beat', beat);
const kindOf = (row) => (ORDER.includes(row) ? row : ORDER[tgan.kit.rows.indexOf(row) % ORDER.length]);
const marks = (row) => beat.rows[row] ?? '.'.repeat(STEPS);

function padsOf(r) {
  return tgan.kit.pads.flatMap((pad, i) => (pad.row === r ? [i] : []));
}

function padOf(r) {
  const all = padsOf(r);
  return all[(Number(beat.picks[tgan.kit.rows[r]]) || 0) % all.length];
}

const stepS = () => 60 / beat.tempo / 4;
const lateS = (i) => (i % 2 ? (beat.swing / 50 - 1) * stepS() : 0);

// -- what is seen ---------------------------------------------------------------------------------
function make(tag, className, act) {
  const node = document.createElement(tag);
  node.className = className;
  if (tag === 'button') node.type = 'button';
  if (act) node.addEventListener('click', act);
  return node;
}

function build() {
  tgan.words(element);
  if (!tgan.kit) return;
  const count = make('div', 'count');
  count.setAttribute('aria-hidden', 'true');
  count.append(
    ...[1, 2, 3, 4].map((n) => {
      const node = make('span', '');
      node.textContent = n;
      return node;
    }),
  );
  cells = tgan.kit.rows.map((row, r) =>
    [...Array(STEPS).keys()].map((i) => {
      const cell = make('button', 'step', (event) => {
        if (!event.detail) set(r, i, !isOn(r, i));
      });
      Object.assign(cell.dataset, {row: r, step: i});
      return cell;
    }),
  );
  grid.replaceChildren(
    count,
    ...tgan.kit.rows.map((row, r) => {
      const line = make('div', 'row');
      const who = make('div', 'who');
      const steps = make('div', 'steps');
      const hear = make('button', 'hear', () => tgan.kit.hear(padOf(r)));
      const other = make('button', 'other', () => {
        beat.picks[row] = (Number(beat.picks[row]) || 0) + 1;
        save();
        draw();
        tgan.kit.hear(padOf(r));
      });
      who.append(hear, other);
      steps.append(...cells[r]);
      line.append(who, steps);
      return line;
    }),
  );
  cursor = [Math.min(cursor[0], cells.length - 1), cursor[1]];
  draw();
}

const isOn = (r, i) => marks(tgan.kit.rows[r])[i] === 'x';

function draw() {
  tempo.value = beat.tempo;
  swing.value = beat.swing;
  element.querySelector('#beat-bpm').textContent = `${beat.tempo} ${tgan.t('beat.tempo.unit')}`;
  element.querySelector('#beat-straight').textContent = `${beat.swing} %`;
  tgan.kit.rows.forEach((row, r) => {
    const name = tgan.kit.name(row);
    const all = padsOf(r);
    const pad = padOf(r);
    const who = grid.querySelectorAll('.who')[r];
    const [hear, other] = who.children;
    hear.textContent = name;
    hear.setAttribute('aria-label', tgan.t('beat.hear', {name}));
    other.textContent = tgan.kit.pads[pad].key;
    other.title = tgan.t('beat.other', {
      name,
      key: tgan.kit.pads[pad].key,
      i: all.indexOf(pad) + 1,
      n: all.length,
    });
    other.setAttribute('aria-label', other.title);
    other.disabled = all.length < 2;
    cells[r].forEach((cell, i) => {
      cell.setAttribute('aria-pressed', isOn(r, i));
      cell.setAttribute('aria-label', tgan.t('beat.step', {name, step: i + 1}));
      cell.tabIndex = r === cursor[0] && i === cursor[1] ? 0 : -1;
    });
  });
  element.querySelectorAll('[data-preset]').forEach((button) => {
    const preset = PRESETS[button.dataset.preset];
    button.setAttribute(
      'aria-pressed',
      tgan.kit.rows.every((row) => marks(row) === (preset[kindOf(row)] ?? '.'.repeat(STEPS))),
    );
  });
}

function set(r, i, on) {
  const row = tgan.kit.rows[r];
  const now = [...marks(row)];
  now[i] = on ? 'x' : '.';
  beat.rows[row] = now.join('');
  save();
  draw();
}

function light(i) {
  cells.forEach((row) => row.forEach((cell, k) => cell.toggleAttribute('data-now', k === i)));
  if (i >= 0) box.dataset.step = i;
}

// -- setting steps: a drag paints, as far as it goes -------------------------------------------------
const at = (event) => document.elementFromPoint(event.clientX, event.clientY)?.closest?.('.step');
grid.addEventListener('pointerdown', (event) => {
  const cell = event.button === 0 && event.target.closest('.step');
  if (!cell) return;
  cursor = [Number(cell.dataset.row), Number(cell.dataset.step)];
  paint = cell.getAttribute('aria-pressed') !== 'true';
  cell.releasePointerCapture?.(event.pointerId);
  set(...cursor, paint);
});
grid.addEventListener('mousedown', (event) => {
  if (event.target.closest('.step')) event.preventDefault();
});
grid.addEventListener('pointermove', (event) => {
  const cell = paint === null ? null : at(event);
  if (cell && grid.contains(cell) && (cell.getAttribute('aria-pressed') === 'true') !== paint)
    set(Number(cell.dataset.row), Number(cell.dataset.step), paint);
});
for (const kind of ['pointerup', 'pointercancel'])
  window.addEventListener(kind, () => {
    paint = null;
  });
grid.addEventListener('keydown', (event) => {
  const move = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0]}[event.key];
  if (!move || !event.target.closest('.step')) return;
  cursor = [
    Math.min(cells.length - 1, Math.max(0, cursor[0] + move[0])),
    (cursor[1] + move[1] + STEPS) % STEPS,
  ];
  draw();
  cells[cursor[0]][cursor[1]].focus();
  event.preventDefault();
  event.stopPropagation();
});

// -- playing: notes are handed to the audio clock a little ahead of time ------------------------------
function schedule() {
  const context = tgan.sound.context();
  if (!box.checkVisibility() || !tgan.kit) return stop();
  // a page in the background is called once a second
  for (
    const until = context.currentTime + (document.hidden ? LATE_S : AHEAD_S);
    due < until;
    due += stepS(), step = (step + 1) % STEPS
  ) {
    const when = Math.max(context.currentTime, due + lateS(step));
    const sounding = strike(step, context, when);
    coming.push({when, step, sounding});
  }
}

function strike(i, context, when) {
  const sounding = tgan.kit.rows.flatMap((row, r) => (isOn(r, i) ? [padOf(r)] : []));
  sounding.forEach((pad) => tgan.kit.play(pad, context, when));
  return sounding;
}

function watchClock() {
  if (!timer) return;
  const now = tgan.sound.context().currentTime;
  while (coming.length && coming[0].when <= now) {
    const {step, sounding} = coming.shift();
    light(step);
    sounding.forEach((pad) => document.dispatchEvent(new CustomEvent('tgan:beat', {detail: pad})));
  }
  requestAnimationFrame(watchClock);
}

function start() {
  if (!tgan.kit) return;
  const context = tgan.sound.context();
  step = 0;
  coming = [];
  due = context.currentTime + 0.06;
  timer = setInterval(schedule, TICK_MS);
  schedule();
  requestAnimationFrame(watchClock);
  mark('playing');
}

function stop() {
  clearInterval(timer);
  timer = 0;
  light(-1);
  mark('stopped');
}

function mark(state) {
  box.dataset.state = state;
  go.setAttribute('aria-pressed', state === 'playing');
}

const toggle = () => (timer ? stop() : start());

// -- the rest ---------------------------------------------------------------------------------------
function fill(lines) {
  tgan.kit.rows.forEach((row) => {
    beat.rows[row] = lines(kindOf(row)) ?? '.'.repeat(STEPS);
  });
  save();
  draw();
}

go.addEventListener('click', toggle);
tempo.addEventListener('input', () => {
  beat.tempo = Number(tempo.value);
  save();
  draw();
});
swing.addEventListener('input', () => {
  beat.swing = Number(swing.value);
  save();
  draw();
});
element.querySelectorAll('[data-preset]').forEach((button) =>
  button.addEventListener('click', () => {
    const preset = PRESETS[button.dataset.preset];
    Object.assign(beat, {tempo: preset.tempo, swing: preset.swing});
    fill((kind) => preset[kind]);
  }),
);
element
  .querySelector('#beat-random')
  .addEventListener('click', () =>
    fill((kind) => [...ODDS[kind]].map((odds) => (Math.random() * 10 < odds ? 'x' : '.')).join('')),
  );
element.querySelector('#beat-clear').addEventListener('click', () => fill(() => null));
element.querySelector('#beat-save').addEventListener('click', async () => {
  // two rounds, of which the second has the first one's tails in it: it joins its own beginning
  const length = Math.round(STEPS * stepS() * RATE);
  const context = new OfflineAudioContext(1, 2 * length, RATE);
  for (let i = 0; i < 2 * STEPS; i++) strike(i % STEPS, context, i * stepS() + lateS(i));
  const samples = (await context.startRendering()).getChannelData(0).slice(length);
  const name = `${tgan.kit.model.split('/').pop()}-${beat.tempo}bpm.wav`;
  tgan.download(name, 'audio/wav', await tgan.base64(tgan.sound.wav(samples, RATE)));
  tgan.toast(tgan.t('downloaded', {name}));
});
let tabbed = false; // Space presses a button that was reached by Tab, not one that was clicked
window.addEventListener(
  'pointerdown',
  () => {
    tabbed = false;
  },
  true,
);
window.addEventListener('keydown', (event) => {
  if (event.key === 'Tab') tabbed = true;
  if (event.key !== ' ' || !box.checkVisibility() || tgan.isTyping(event)) return;
  if (tabbed && event.target.closest?.('button, [role=tab]')) return;
  if (event.target.closest?.('input:not([type=range])')) return;
  event.preventDefault();
  if (!event.repeat) toggle();
});
build();
document.addEventListener('tgan:kit', build);
tgan.onLang(() => {
  if (tgan.kit) build();
});
