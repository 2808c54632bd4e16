// A run in the browser's title, so that another window need not be left to see how far it is; and a
// note when the queue has reached it.
const NAME = 'Transformer GAN Studio';
const ENDS = {one: 'st', two: 'nd', few: 'rd', other: 'th'};
const nth = (n) =>
  tgan.lang === 'zh' ? n : n + ENDS[new Intl.PluralRules('en', {type: 'ordinal'}).select(n)];
let before = {};

// run: the run bar's value, or null where none is alive
tgan.titled = (run) => {
  document.title = run ? `${told(run)} — ${NAME}` : NAME;
  const isReached = run && before.id === run.id && before.state === 'queued' && run.state !== 'queued';
  before = run ? {id: run.id, state: run.state} : {};
  if (isReached && run.state !== 'paused') reached(run);
};

function told(run) {
  const isKnown = run.state === 'running' && run.images_total > 0;
  const percent = Math.min(100, Math.floor((100 * run.nimg) / (run.images_total || 1)));
  return tgan.t('train.title.' + (isKnown ? 'share' : run.state), {
    title: run.title,
    percent,
    nth: nth(run.place),
  });
}

function reached(run) {
  const text = tgan.t('train.reached', {title: run.title});
  tgan.toast(text);
  // never asked for: only who allowed it to this site before gets one, and only out of sight
  if (!document.hidden || window.Notification?.permission !== 'granted') return;
  try {
    const note = new Notification(NAME, {body: text, tag: run.id});
    note.onclick = () => window.focus();
  } catch {
    /* a phone's browser allows it to service workers only */
  }
}
