// The page around the panels: the visitor, tabs, theme, keyboard, help, phone drawer, presenter mode.
const body = () => document.body;
const root = document.documentElement;
// From the first paint on, until the open tab has its data: see style.css.
root.lang = tgan.lang === 'zh' ? 'zh-CN' : 'en';
root.style.setProperty('--tg-opening', JSON.stringify(tgan.t('opening')));
root.classList.add('opening');
root.classList.toggle('showing', !!tgan.showing);
const TABS = tgan.settings.tabs; // in the order of the page; the first is open

// -- what demo.load hands to Python: the link and what this browser kept --------------------
// characters, as in visit.py; the id that this browser has comes first, so no link pushes it out
const MOST_BOOT = 24000;
tgan.boot = () => {
  let params = {lang: tgan.lang};
  if (tgan.kept('me')) params.me = tgan.kept('me');
  if (tgan.offered) params.offered = tgan.offered;
  for (const [key, value] of new URLSearchParams(tgan.opened)) {
    const more = {...params, [key]: value};
    if (!['me', 'offered'].includes(key) && JSON.stringify(more).length <= MOST_BOOT) params = more;
  }
  dress();
  if (TABS.includes(params.tab)) tgan.openTab(params.tab); // at once; what is in it comes with `booted`
  return JSON.stringify(params);
};
// Python's answer: a checked visitor, notes about bad values
tgan.booted = (start) => {
  tgan.me = start.me || tgan.kept('me', '');
  if (start.me && !tgan.keep('me', start.me)) tgan.notKept?.();
  booted = true;
  // the frame after this one: by then Gradio has put the answer into the controls
  if (early) requestAnimationFrame(() => requestAnimationFrame(early));
  if (!tgan.showing) tgan.set('tab-id', tgan.tab);
  if (start.offered) tgan.askWhose?.(start.offered);
  if (start.notes.length) tgan.toast(start.notes.join(' · '));
};

// Whether Python has answered: until then a tab that opens asks for nothing, since no control is set.
let booted = false;
// A choice made before: it counts at once, and once more when the answer has set the controls.
let early = null;
tgan.lasting = (choose) => {
  if (!booted) early = choose;
  choose();
};

// -- tabs -------------------------------------------------------------------------------------
tgan.openTab = (name) => {
  const folded = () =>
    [...document.querySelectorAll('#tabs .overflow-dropdown button')].find(
      (tab) => tab.textContent.trim() === tgan.t('tab.' + name),
    );
  (document.getElementById(`tab-${name}-button`) ?? folded())?.click();
};
// gives what the tab's hidden field is to hold
tgan.tabOpened = (name) => {
  tgan.tab = name;
  body().dataset.tab = name;
  tgan.link({tab: name === TABS[0] ? null : name});
  if (booted) scrollTo(0, 0); // another tab is read from its top
  return booted ? name : tgan.get('tab-id');
};
tgan.tab = TABS[0];

// Changes the tab's hidden field, and so calls the server, only while that tab is open.
let beats = 0;
const beat = {};
tgan.tick = (name) => {
  if (tgan.tab === name) beat[name] = String(++beats);
  return beat[name] ?? '';
};

// -- requests of events that answer at once ------------------------------------------------------
// Gradio shows neither their errors nor that they are under way: both are shown here.
const BUSY_MS = 150; // what is faster needs no sign
const CALM_MS = 120; // one request leads to the next
const OPENS_MS = 20_000; // then the page is shown as it is
let pending = 0;
let slow = 0;
let isAnswered = false; // whether a request of the open tab was, after the first answer set the controls
// What is shown belongs to the choice before, until the requests that now begin have been answered.
tgan.wait = () => {
  clearTimeout(slow);
  slow = setTimeout(() => body().classList.add('waiting'), BUSY_MS);
};
const settled = () => {
  if (pending) return;
  clearTimeout(slow);
  body().classList.remove('waiting');
  if (isAnswered) opened();
};
const opened = () => root.classList.remove('opening');
setTimeout(opened, OPENS_MS);
// the grid is what Play opens with; in Chinese its words are one more request
document.addEventListener('tgan:drew', () => {
  if (booted && tgan.tab === TABS[0] && tgan.lang === 'en') opened();
});
const plainFetch = window.fetch;
window.fetch = async (...request) => {
  const isOurs = String(request[0]?.url ?? request[0]).includes('/gradio_api/run/');
  if (isOurs) pending++;
  try {
    const answer = await plainFetch(...request);
    if (isOurs && answer.status >= 400) {
      document.dispatchEvent(new Event('tgan:refused'));
      answer
        .clone()
        .json()
        .then(
          (said) => said.stopping || tgan.toast(said.error || tgan.t('error.sorry'), 'bad'),
          () => {},
        );
    }
    return answer;
  } finally {
    if (isOurs) {
      pending--;
      isAnswered ||= booted;
      setTimeout(settled, CALM_MS);
    }
  }
};

// -- theme ------------------------------------------------------------------------------------
const dress = () => {
  const theme = tgan.kept('theme') || tgan.param('__theme');
  const dark = theme ? theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  tgan.setDark(dark);
  body().classList.toggle('present', presenting());
  tgan.words(document);
};
tgan.toggleDark = () => {
  const dark = !body().classList.contains('dark');
  tgan.keep('theme', dark ? 'dark' : 'light');
  tgan.setDark(dark);
};

// -- presenter mode: large type, and the walk plays when nobody touches the page for a minute --
let present = tgan.settings.present;
const presenting = () => present || tgan.param('present') === '1';
tgan.togglePresent = () => {
  present = !tgan.presents();
  body().classList.toggle('present', present);
  tgan.link({present: present ? 1 : null});
  if (present) root.requestFullscreen?.().catch(() => {});
  else if (document.fullscreenElement) document.exitFullscreen();
  window.dispatchEvent(new Event('resize'));
};
let touched = Date.now();
let resting = false;
for (const kind of ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart']) {
  window.addEventListener(
    kind,
    () => {
      touched = Date.now();
      resting = false;
    },
    {passive: true},
  );
}
setInterval(() => {
  if (!presenting() || resting || Date.now() - touched < (tgan.settings.idle || 60) * 1000) return;
  resting = true;
  tgan.openTab('walk');
  document.dispatchEvent(new Event('tgan:play'));
}, 1000);

// -- phone: the left column is a drawer -------------------------------------------------------
tgan.drawer = (open) => {
  body().classList.toggle('drawer', open ?? !body().classList.contains('drawer'));
  document
    .getElementById('drawer-handle')
    ?.setAttribute('aria-expanded', body().classList.contains('drawer'));
};
document.addEventListener('click', (event) => {
  if (!body().classList.contains('drawer')) return;
  if (!event.target.closest('#side, #drawer-handle, #page-tour')) tgan.drawer(false);
});

// -- keyboard ---------------------------------------------------------------------------------
const HELP = ['r', 'space', 'arrows', 'tabs', 'undo', 'fav', 'quiz', 'help'];
tgan.help = () => {
  let box = document.getElementById('tg-help');
  if (!box) {
    box = document.createElement('dialog');
    box.id = 'tg-help';
    body().append(box);
    box.addEventListener('click', () => box.close());
  }
  box.setAttribute('aria-label', tgan.t('help.title'));
  box.innerHTML = '<h2></h2><dl></dl><p></p>';
  box.querySelector('h2').textContent = tgan.t('help.title');
  box.querySelector('p').textContent = tgan.t('help.close');
  for (const name of HELP) {
    const key = document.createElement('dt');
    const what = document.createElement('dd');
    key.textContent = tgan.t('help.key.' + name);
    what.textContent = tgan.t('help.' + name);
    box.querySelector('dl').append(key, what);
  }
  box.querySelector('dl').after(tgan.glossaryButton(), tourButton(box));
  box.showModal();
};
function tourButton(box) {
  const button = document.createElement('button');
  button.type = 'button';
  button.id = 'open-tour';
  button.textContent = tgan.t('tour.open');
  button.hidden = !!tgan.showing;
  button.addEventListener('click', () => {
    box.close(); // which gives the focus back, before the tour takes it
    tgan.tour();
  });
  return button;
}
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
  if (tgan.isTyping(event)) return;
  const key = event.key.toLowerCase();
  if (key === 'r') tgan.dice();
  else if (key === 'u') tgan.undo();
  else if (key === 'f') document.dispatchEvent(new Event('tgan:favourite'));
  else if (key === 'g' && !tgan.showing) tgan.quiz();
  else if (key === '?') tgan.help();
  else if (TABS[key - 1]) tgan.openTab(TABS[key - 1]);
  else if (key === ' ' && tgan.tab === 'walk' && !(tabbed && event.target.closest?.('button'))) {
    document.dispatchEvent(new Event('tgan:toggle'));
  } else if (key === ' ' && tgan.clock.shown() && !(tabbed && event.target.closest?.('button')))
    tgan.clock.toggle();
  else if (key === 'escape') tgan.drawer(false);
  else return;
  event.preventDefault();
});
document.dispatchEvent(new Event('tgan:ready'));
