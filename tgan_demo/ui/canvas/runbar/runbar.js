// The live run in one line, at the bottom of every tab. value = {run: {...} | null}.
// Fires 'pause', 'resume', 'show'; 'wake' when the page comes back into sight, so that nothing shown is old.
const bar = element.querySelector('.bar');
const pause = element.querySelector('#run-bar-pause');
const MARKS = '▁▂▃▄▅▆▇█';
tgan.span ??= (s) => {
  s = Math.max(0, Math.round(s));
  return s < 3600
    ? Math.floor(s / 60) + ':' + String(s % 60).padStart(2, '0')
    : Math.floor(s / 3600) + ':' + String(Math.floor((s % 3600) / 60)).padStart(2, '0') + ' h';
};
tgan.whole ??= (n) => Math.round(n).toLocaleString(tgan.lang === 'zh' ? 'zh-CN' : 'en-US');
let woken = 0;

function draw() {
  tgan.words(element);
  const run = props.value?.run;
  tgan.titled(run);
  bar.hidden = !run;
  document.body.classList.toggle('training', !!run);
  if (!run) return;
  const last = run.spark[run.spark.length - 1];
  const parts = [
    tgan.t('train.bar.' + run.state, {title: run.title, place: run.place, wait: tgan.span(run.wait_s)}),
  ];
  if (['running', 'paused'].includes(run.state)) {
    parts.push(tgan.t('train.bar.step', {step: tgan.whole(run.step)}));
    if (run.state === 'running' && run.images_per_s)
      parts.push(tgan.t('train.bar.speed', {speed: tgan.whole(run.images_per_s)}, [tgan.modalityOf(run)]));
    if (run.state === 'running') parts.push(tgan.t('train.bar.left', {left: tgan.span(run.eta_s)}));
    if (last !== undefined) parts.push(tgan.t('train.bar.right', {percent: Math.round(last * 100)}));
  }
  element.querySelector('.say').textContent = parts.join(' · ');
  element.querySelector('.spark').textContent = run.spark
    .map((v) => MARKS[Math.min(7, Math.max(0, Math.floor(((v - 0.4) / 0.6) * 8)))])
    .join('');
  pause.textContent = tgan.t(run.state === 'paused' ? 'train.bar.resume' : 'train.bar.pause');
  Object.assign(bar.dataset, {state: run.state, run: run.id, step: run.step});
}

pause.addEventListener('click', () => {
  const run = props.value.run;
  trigger(run.state === 'paused' ? 'resume' : 'pause', {id: run.id});
});
element.querySelector('#run-bar-open').addEventListener('click', () => {
  const id = props.value.run.id;
  tgan.openTab('train');
  if (tgan.run?.id !== id) trigger('show', {id});
});
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState !== 'visible' || Date.now() - woken < 3000) return;
  woken = Date.now();
  trigger('wake');
});
draw();
watch('value', draw);
tgan.onLang(draw);
