// Start, pause, resume, stop, single steps; and one line that says where the run stands.
// Fires 'start' (all settings), 'pause', 'resume', 'stop', 'step' ({players}), 'gpu'. Reads tgan.run, which
// training.js keeps, and tgan.training.request(), which setup.js gives.
const $ = (id) => element.querySelector('#' + id);
const start = $('train-start');
const pause = $('train-pause');
const resume = $('train-resume');
const stop = $('train-stop');
const gpu = $('train-gpu');
const steps = ['d', 'g', 'both'].map((p) => [$('train-step-' + p), p]);
const say = $('train-say');
const LIVE = ['queued', 'preparing', 'running', 'paused'];
tgan.training ??= {};
tgan.span ??= (s) => {
  s = Math.max(0, Math.round(s));
  return s < 3600
    ? Math.floor(s / 60) + ':' + String(s % 60).padStart(2, '0')
    : Math.floor(s / 3600) + ':' + String(Math.floor((s % 3600) / 60)).padStart(2, '0') + ' h';
};
tgan.whole ??= (n) => Math.round(n).toLocaleString(tgan.lang === 'zh' ? 'zh-CN' : 'en-US');
const PREPARES_MS = 60_000; // a start that nobody answered is over
let starting = 0; // of a run that has not reported yet; 0: none
let before = ''; // the run that was shown then

const request = () => tgan.training.request?.() ?? {};

// what the run does now, in one line
function sentence(run) {
  if (!tgan.training.known) return tgan.t('opening');
  if (starting) return tgan.t('train.asked');
  if (!run) return tgan.t('train.idle');
  const values = {
    title: run.title,
    step: tgan.whole(run.step),
    place: run.place,
    wait: tgan.span(run.wait_s),
    left: tgan.span(run.eta_s),
    nimg: tgan.whole(run.nimg),
    seconds: tgan.span(run.seconds),
  };
  const gap = tgan.lang === 'zh' ? '' : ' ';
  const spoken = (parts) => tgan.spoken(parts, tgan.whoseRun());
  // the clauses of a plan as sentences
  const noted = (text) => gap + text[0].toUpperCase() + text.slice(1) + (gap ? '.' : '。');
  const parked = run.state === 'paused' ? gap + spoken(run.said) : '';
  const notes =
    ['preparing', 'running', 'paused', 'done'].includes(run.state) && run.noted.length
      ? run.noted.map((parts) => noted(spoken(parts))).join('')
      : '';
  const own = ['failed', 'interrupted'].includes(run.state) ? gap + spoken(run.said) : '';
  return tgan.ofRun('train.state.' + run.state, values) + parked + own + notes;
}

// where a GPU can be lent: for how long, and what it costs; shown while the run could use one
function drawGpu(run) {
  gpu.hidden = !run?.gpu_s && !run?.on_gpu;
  gpu.disabled = run?.on_gpu === true;
  const [name, quota] = gpu.querySelectorAll('.name, small');
  name.textContent = tgan.t(run?.on_gpu ? 'train.gpu.on' : 'train.gpu', {seconds: run?.gpu_s});
  quota.textContent = run?.on_gpu ? '' : tgan.t('train.gpu.quota', {quota: run?.gpu_quota_s});
}

function draw() {
  tgan.words(element);
  const run = tgan.run;
  if (starting && run && run.id !== before) starting = 0;
  const live = run && LIVE.includes(run.state);
  const held = run?.state === 'paused';
  pause.hidden = held || (run && !live);
  resume.hidden = !pause.hidden;
  pause.disabled = !live;
  stop.disabled = !live;
  for (const [button] of steps) button.disabled = !live || run.state === 'queued';
  drawGpu(run);
  start.disabled = !tgan.training.known || starting > 0 || run?.state === 'preparing';
  start.querySelector('.name').textContent = tgan.t(
    starting || run?.state === 'preparing' ? 'train.asked' : 'train.start',
  );
  start.querySelector('small').textContent = tgan.training.summary?.() ?? '';
  say.textContent = sentence(run);
  say.dataset.level = run?.state === 'failed' ? 'bad' : '';
}

const act = (name, values = {}) => trigger(name, {id: tgan.run?.id, ...values});
start.addEventListener('click', () => {
  starting = Date.now();
  before = tgan.run?.id ?? '';
  draw();
  trigger('start', request());
  setTimeout(over, PREPARES_MS);
});
const over = () => {
  starting = 0;
  draw();
};
document.addEventListener('tgan:refused', over);
pause.addEventListener('click', () => {
  act('pause');
  pause.disabled = true;
});
resume.addEventListener('click', () => act('resume', {budget: request().budget, unit: request().unit}));
stop.addEventListener('click', () => {
  act('stop');
  stop.disabled = true;
});
gpu.addEventListener('click', () => {
  act('gpu');
  gpu.disabled = true;
});
for (const [button, players] of steps) button.addEventListener('click', () => act('step', {players}));
draw();
tgan.onLang(draw);
document.addEventListener('tgan:run', draw);
document.addEventListener('tgan:setup', draw);
