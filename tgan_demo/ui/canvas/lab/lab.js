// The lab: a tiny GAN on points, watched while it learns. The server has the run (runs/lab.py); this asks it.
// server.lab({me, do, ...}) answers with a look, {error, said} or {}; while the tab is open one question follows
// another.
// value = {sets: [{id, title, own}], chosen?, told?}. Fires 'bring' {files: [{at, name}]} for a table of points.
import {layers, frame, take, draw, strokes, wipe, spray, drawn} from './plane.js';
import {STEPS, slowMotion} from './slow.js';
const $ = (s) => element.querySelector(s);
const t = (key, values) => tgan.t(key, values, ['points']);
const {paint, short, smooth} = tgan.chart;
const PERIOD = 110; // ms between two questions while it runs
const GAP = 10; // after an answer, however long that took
const IDLE = 1200; // while it does not
const LOST = 3000; // when no answer came
const GLIDE = 0.22; // of the way, in each picture of the browser
const LEAST = 20; // points to learn from
const EARLY = 300; // steps before which few modes are no collapse
const CHARTS = [
  {
    key: 'loss',
    series: [
      ['loss_d', 'D', '--tg-real'],
      ['loss_g', 'G', '--tg-fake'],
    ],
  },
  {key: 'right', series: [['right', 'D', '--tg-real']], range: [0, 1], percent: true},
];
const plane = $('#lab-plane');
const sending = tgan.sender($('.tg-sending'));
let look = null; // the newest
let known = 0; // the lab whose frame is here
let preset = '';
let focus = '';
let asking = false;
let drawing = false;

// -- asking the server -----------------------------------------------------------------------------
async function ask(what) {
  const answer = await server.lab({me: tgan.me, known, ...what});
  if (answer.error) {
    tgan.toast(tgan.spoken(answer.said, ['points']));
    if (!look) return null;
  }
  if (answer.step === undefined) return null;
  look = answer;
  if (answer.real) {
    known = answer.lab;
    frame(answer);
  }
  if (answer.sets) menu(answer.sets);
  take(answer);
  show();
  return answer;
}

async function watchIt() {
  if (asking) return;
  asking = true;
  try {
    while (isOpen()) {
      const asked = performance.now();
      if (!drawing && !slow.on) await ask({do: 'look'});
      const gap = Math.max(GAP, PERIOD - (performance.now() - asked));
      await new Promise((then) => setTimeout(then, look?.running ? gap : IDLE));
    }
  } catch {
    // the line is down, which connection.js says
    await new Promise((then) => setTimeout(then, LOST));
  }
  asking = false;
}
const isOpen = () => tgan.tab === 'lab' && tgan.me && document.visibilityState === 'visible';

function animate() {
  if (!isOpen()) return void setTimeout(() => requestAnimationFrame(animate), 200);
  watchIt();
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  draw(plane, {share: isCalm ? 1 : GLIDE, focus});
  requestAnimationFrame(animate);
}

// -- what is shown ---------------------------------------------------------------------------------
function show() {
  const run = $('#lab-run');
  run.querySelector('i').textContent = look?.running ? '❚❚' : '▶';
  run.querySelector('span').textContent = t(look?.running ? 'lab.pause' : 'lab.run');
  if (!look) return;
  const put = (name, text) => ($(`[data-n=${name}]`).textContent = text);
  put('step', tgan.whole(look.step));
  put('speed', look.running ? look.speed.toFixed(0) : '–');
  put('modes', look.covered ? look.covered.join(' / ') : '–');
  put('right', look.right === null || look.right === undefined ? '–' : Math.round(100 * look.right) + ' %');
  $('#lab-slow').setAttribute('aria-pressed', slow.on);
  say();
  charts();
  maps();
  numbers();
  const right = Math.round(100 * (look.right ?? 0));
  plane.setAttribute('aria-label', t('lab.plane', {step: tgan.whole(look.step), right}));
  for (const field of element.querySelectorAll('.fields [name]'))
    if (field !== element.getRootNode().activeElement) field.value = look.settings[field.name];
  $('.remedy').hidden = !preset;
  $('#lab-data').value = look.data;
}

function say() {
  const box = $('#lab-say');
  let text = '';
  if (look.failed) text = t('lab.say.failed');
  else if (slow.on) text = '';
  else if (look.covered && look.step > 0) {
    const [found, all] = look.covered;
    text = t(
      found === all ? 'lab.say.all' : found <= all / 3 && look.step > EARLY ? 'lab.say.few' : 'lab.say.some',
      {
        n: found,
        all,
      },
    );
  } else text = t(look.step ? 'lab.say.learning' : 'lab.say.new');
  if (drawing) text = t('lab.say.drawing', {n: strokes().length});
  box.dataset.level = look.failed ? 'bad' : '';
  if (box.textContent !== text) box.textContent = text;
}

function charts() {
  const [x, loss_d, loss_g, right] = look.curves;
  const lines = {loss_d, loss_g, right};
  const width = Math.max(180, $('.charts').clientWidth);
  for (const chart of CHARTS) {
    const rows = chart.series.map(([name]) => lines[name]);
    const strong = rows.map(smooth);
    chart.box.querySelector('b').textContent = t('lab.chart.' + chart.key);
    chart.series.forEach(([, label], i) => {
      chart.keys[i].textContent = `${label} ${short(strong[i].at(-1) ?? null, chart.percent)}`;
    });
    const told = [t('lab.chart.' + chart.key), ...chart.keys.map((key) => key.textContent)];
    chart.canvas.setAttribute('aria-label', told.join(', '));
    paint(chart, {width, x, end: Math.max(1, x.at(-1) ?? 1), lines: rows, strong});
  }
}

// attention of the first fake: x and y look at each other, and at the tokens made from z
function maps() {
  for (const [id, layersOf] of [
    ['self', look.self],
    ['cross', look.cross],
  ]) {
    const rows = layersOf?.[0];
    const canvas = $('#lab-' + id);
    canvas.parentNode.hidden = !rows;
    if (!rows) continue;
    const width = Math.max(80, canvas.parentNode.clientWidth);
    const context = tgan.crisp(canvas, width, 66);
    context.font = '12px ' + tgan.css('--tg-mono');
    context.textBaseline = 'middle';
    const cell = (width - 18) / rows[0].length;
    rows.forEach((row, r) => {
      context.fillStyle = tgan.css('--tg-ink');
      context.fillText('xy'[r], 0, 16 + r * 34);
      row.forEach((weight, c) => {
        context.globalAlpha = 0.06 + 0.94 * weight;
        context.fillStyle = tgan.css('--tg-fake');
        context.fillRect(18 + c * cell, r * 34, cell - 2, 30);
        context.globalAlpha = 1;
      });
    });
    const told = rows.map((row, r) => 'xy'[r] + ' ' + row.map((w) => Math.round(100 * w) + ' %').join(' '));
    canvas.setAttribute('aria-label', t('lab.' + id) + ': ' + told.join('; '));
  }
}

// -- acting ----------------------------------------------------------------------------------------
const slow = slowMotion({
  show: (name, index) => {
    focus = name;
    [...$('#lab-loop').children].forEach((item, i) => item.toggleAttribute('aria-current', i === index));
    if (look) show();
  },
  update: () => ask({do: 'step', players: 'both'}),
});

// the six sentences, with the numbers of now
function numbers() {
  const told = (v) => (v === null || v === undefined ? '–' : v.toFixed(2).replace('-', '−'));
  [...$('#lab-loop').children].forEach((item, i) => {
    item.lastChild.textContent = t('lab.loop.' + STEPS[i], {
      batch: look?.settings.batch_size ?? '–',
      real: told(look?.d_real),
      fake: told(look?.d_fake),
      loss_d: told(look?.loss_d),
      loss_g: told(look?.loss_g),
      pull: told(look?.pull_size),
      step: look ? tgan.whole(look.step) : '–',
    });
  });
}

const act = (what) => {
  if (slow.on) slow.stop();
  return ask(what);
};
$('#lab-run').addEventListener('click', () => act({do: look?.running ? 'pause' : 'run'}));
$('#lab-step-d').addEventListener('click', () => act({do: 'step', players: 'd'}));
$('#lab-step-g').addEventListener('click', () => act({do: 'step', players: 'g'}));
$('#lab-slow').addEventListener('click', async () => {
  if (slow.on) return slow.stop();
  await ask({do: 'pause'});
  slow.start();
  show();
});
const begin = (changes = {}) =>
  act({do: 'begin', data: look?.data ?? 'ring', seed: look?.seed ?? 0, settings: chosen(), ...changes});
// what the preset says, which a new run begins with
const chosen = () => (preset ? fixed.spec.presets[preset] : {});
$('#lab-new').addEventListener('click', () => begin({seed: (look?.seed ?? 0) + 1}));
$('#lab-data').addEventListener('change', (event) => begin({data: event.target.value}));
$('#lab-remedy').addEventListener('click', () => {
  preset = '';
  mark();
  act({do: 'remedy'});
});
element.querySelectorAll('[data-layer]').forEach((box) => {
  box.addEventListener('change', () => {
    layers[box.dataset.layer] = box.checked;
  });
});

async function choose(name) {
  preset = name === 'healthy' ? '' : name;
  mark();
  await begin();
  if (look && !look.running) ask({do: 'run'});
}
function mark() {
  element.querySelectorAll('.presets button').forEach((button) => {
    button.setAttribute('aria-pressed', button.dataset.name === (preset || 'healthy'));
  });
  $('.remedy').hidden = !preset;
  if (!preset) return;
  $('.remedy span').textContent = t('lab.why.' + preset);
  $('#lab-remedy').textContent = t('lab.remedy');
}

// -- data drawn with the pointer, or of a table --------------------------------------------------------
function setDrawing(on) {
  drawing = on;
  wipe();
  $('.lab').toggleAttribute('data-drawing', on);
  $('#lab-draw').setAttribute('aria-pressed', on);
  if (look) show();
}
$('#lab-draw').addEventListener('click', async () => {
  if (!drawing) {
    if (slow.on) slow.stop();
    await ask({do: 'pause'});
    return setDrawing(true);
  }
  const points = drawn();
  if (points.length < LEAST) return tgan.toast(t('lab.draw.few', {n: LEAST}));
  setDrawing(false);
  act({do: 'draw', points, settings: chosen()});
});
plane.addEventListener('pointerdown', (event) => {
  if (!drawing) return;
  plane.setPointerCapture(event.pointerId);
  spray(plane, event, Math.random);
  say();
});
plane.addEventListener('pointermove', (event) => {
  if (!drawing || !event.buttons || strokes().length >= fixed.spec.most) return;
  spray(plane, event, Math.random);
  say();
});
// Escape gives the drawing up; without a pointer, data come as a table
element.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && drawing) setDrawing(false);
});
$('#lab-csv').addEventListener('change', async (event) => {
  const [file] = event.target.files;
  event.target.value = '';
  if (!file) return;
  const paths = await sending.send([file]);
  if (paths) trigger('bring', {files: [{at: paths[0], name: file.name}]});
});

// -- the page --------------------------------------------------------------------------------------
function build() {
  $('#lab-loop').replaceChildren(
    ...STEPS.map(() => {
      const item = document.createElement('li');
      item.append(document.createElement('span'));
      return item;
    }),
  );
  $('.presets').replaceChildren(
    ...['healthy', ...Object.keys(fixed.spec.presets)].map((name) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.dataset.name = name;
      button.textContent = t('lab.preset.' + name);
      button.addEventListener('click', () => choose(name));
      return button;
    }),
  );
  $('.fields').replaceChildren(
    ...Object.entries(fixed.spec.knobs).map(([name, about]) => field(name, about)),
  );
  menu();
  mark();
  numbers();
}

function field(name, about) {
  const label = document.createElement('label');
  const called = document.createElement('span');
  called.textContent = t('lab.knob.' + name);
  const box = document.createElement(Array.isArray(about) ? 'select' : 'input');
  box.name = name;
  if (Array.isArray(about)) box.append(...about.map((one) => new Option(t('choice.' + one), one)));
  else Object.assign(box, {type: 'number', step: 'any', min: about.min, max: about.max});
  if (look) box.value = look.settings[name];
  box.addEventListener('change', () => {
    const value = box.type === 'number' ? Number(box.value) : box.value;
    ask({do: 'set', settings: {[name]: value}});
  });
  label.append(called, box);
  return label;
}

function menu(rows = props.value?.sets ?? []) {
  $('#lab-data').replaceChildren(
    ...rows.map((row) => new Option(row.own ? row.title : tgan.named(row.title, ['points']), row.id)),
  );
  if (look) $('#lab-data').value = look.data;
}

for (const chart of CHARTS) {
  const box = document.createElement('div');
  box.className = 'chart';
  box.innerHTML = '<div class="top"><span class="name"><b></b></span></div><canvas role="img"></canvas>';
  chart.box = box;
  chart.canvas = box.querySelector('canvas');
  chart.keys = tgan.chart.keys(box.querySelector('.top'), chart.series);
  $('.charts').append(box);
}
function words() {
  tgan.words(element, ['points']);
  for (const canvas of element.querySelectorAll('canvas')) canvas.setAttribute('aria-label', t('tab.lab'));
  build();
  show();
}
watch('value', () => {
  sending.end();
  menu();
  if (props.value?.told) tgan.toast(props.value.told);
  if (props.value?.chosen) begin({data: props.value.chosen});
});
tgan.onLang(words);
words();
animate();
