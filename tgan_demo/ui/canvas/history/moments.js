// What can be done with the moment that the scrubber shows: open it, look inside, branch off; or a film of all.
// Some moments keep their weights; it is the nearest of them, and it is said which.
// Fires 'open' ({id, model}), 'film' ({id, kind}).
const $ = (s) => element.querySelector(s);
const best = $('#moment-best');
let shownAt = null; // samples seen at the picture that is shown; null: now
let isBest = false;

const moments = () => tgan.run?.moments ?? {at: [], best: null};
const nearest = (nimg) =>
  moments().at.reduce((a, b) => (Math.abs(b - nimg) < Math.abs(a - nimg) ? b : a), moments().at[0]);
const nimg = () => shownAt ?? tgan.run?.history_at.at(-1) ?? 0;
const chosen = () => (isBest ? moments().best.nimg : nearest(nimg()));
const idOf = () => `${tgan.run.id}@${isBest ? 'best' : chosen()}`;

// what the run was started with, and what was changed before a moment; a change at its very step came after it
const settingsAt = (at) =>
  Object.assign(
    {...tgan.run.settings},
    ...tgan.run.changes
      .filter((change) => change.nimg < at)
      .flatMap(({settings}) => Object.entries(settings).map(([name, [, now]]) => ({[name]: now}))),
  );

export function drawMoments(at = shownAt, keepsBest = isBest) {
  shownAt = at;
  const {best: kept, at: all} = moments();
  isBest = keepsBest && !!kept && kept.nimg === at;
  for (const button of element.querySelectorAll('.weights')) button.hidden = !all.length;
  best.hidden = !kept;
  if (kept) {
    const value = tgan.chart.short(kept.value);
    best.textContent = tgan.t('train.moment.best', {score: tgan.t('train.score.' + kept.score), value});
    best.setAttribute('aria-pressed', isBest);
  }
  $('.which').textContent = '';
  if (!all.length) return;
  const values = {nimg: tgan.whole(chosen())};
  const which = isBest || chosen() === nimg() ? 'train.moment.this' : 'train.moment.near';
  $('.which').textContent = tgan.ofRun(which, values);
}

function open(tab) {
  const model = idOf();
  tgan.choose(model);
  trigger('open', {id: tgan.run.id, model});
  tgan.openTab(tab);
}

$('#moment-play').addEventListener('click', () => open('play'));
$('#moment-inside').addEventListener('click', () => open('inside'));
$('#moment-branch').addEventListener('click', () => {
  const {title, data, preset} = tgan.run;
  const settings = settingsAt(chosen());
  const name = `${title} · ${tgan.whole(chosen())}`;
  const detail = {id: idOf(), title: name, medium: tgan.modalityOf(tgan.run), data, preset, settings};
  document.dispatchEvent(new CustomEvent('tgan:branch', {detail}));
});
// shows the picture that is nearest to the best moment; the scrubber's `show` goes there
export const onBest = (show) =>
  best.addEventListener('click', () => {
    const at = tgan.run.history_at;
    const {nimg: wanted} = moments().best;
    const index = at.reduce((a, v, i) => (Math.abs(v - wanted) < Math.abs(at[a] - wanted) ? i : a), 0);
    show(index, wanted);
  });

const films = [...element.querySelectorAll('[data-kind]')];
for (const button of films)
  button.addEventListener('click', () => {
    for (const one of films) one.disabled = true;
    trigger('film', {id: tgan.run.id, kind: button.dataset.kind});
  });
const filmed = (busy) => {
  for (const one of films) one.disabled = !!busy;
  if (busy) $('.which').textContent = busy;
  else drawMoments();
};
watch('value', () => filmed(props.value?.busy ?? ''));
document.addEventListener('tgan:refused', () => filmed(''));
