// Terms explained: tgan.term(name) is an ⓘ that tells a term of words/terms.toml in a bubble, and tgan.glossary()
// a dialog with all of them. `<i data-term="psi">` in a canvas gets one from tgan.words, a component of Gradio's
// with the class "term-psi" (Page.term) here.
const {words} = tgan.settings;
const NAMES = Object.keys(words).filter((key) => /^term\.\w+$/.test(key)); // in the order of the file

tgan.term = (name) => {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'tg-term';
  button.dataset.name = name;
  button.textContent = 'i';
  label(button);
  return button;
};
const label = (button) => {
  const text = tgan.t('terms.ask', {name: tgan.t('term.' + button.dataset.name)});
  if (button.getAttribute('aria-label') !== text) button.setAttribute('aria-label', text);
};
// fills data-term and writes the labels in the language of the page
tgan.terms = (root) => {
  root.querySelectorAll('[data-term]:empty').forEach((node) => node.append(tgan.term(node.dataset.term)));
  root.querySelectorAll('.tg-term').forEach(label);
};

// -- the bubble: closed by Esc, by a click elsewhere, by the ⓘ itself -----------------------------
let bubble = null;
let shown = null; // the ⓘ that it belongs to
let closed = {of: null, at: 0};

function build() {
  bubble = document.createElement('div');
  bubble.id = 'tg-term';
  bubble.popover = 'auto';
  bubble.tabIndex = -1;
  bubble.setAttribute('role', 'group');
  bubble.innerHTML = '<b></b><p></p><button type="button"></button>';
  bubble.querySelector('button').addEventListener('click', () => {
    bubble.hidePopover();
    tgan.glossary(shown.dataset.name);
  });
  bubble.addEventListener('beforetoggle', (event) => {
    if (event.newState === 'closed') closed = {of: shown, at: performance.now()};
  });
  bubble.addEventListener('keydown', (event) => {
    event.stopPropagation(); // no key is the page's while it is open
    if (event.key !== 'Escape') return;
    bubble.hidePopover();
    closed = {of: null, at: 0}; // no press did it
  });
  document.body.append(bubble);
}

function open(button) {
  if (!bubble) build();
  // the press that closed it is followed by its click
  if (closed.of === button && performance.now() - closed.at < 400) return;
  shown = button;
  const {name} = button.dataset;
  const title = tgan.t('term.' + name);
  bubble.setAttribute('aria-label', title);
  bubble.querySelector('b').textContent = title;
  bubble.querySelector('p').textContent = tgan.t(`term.${name}.what`);
  bubble.querySelector('button').textContent = tgan.t('terms.all');
  bubble.showPopover();
  place(button.getBoundingClientRect());
  bubble.focus({preventScroll: true}); // Esc gives it back
}

// below its ⓘ, or above where there is no room
function place(at) {
  const edge = 12;
  const left = Math.min(at.left - 20, innerWidth - bubble.offsetWidth - edge);
  const under = at.bottom + 8;
  const isLow = under + bubble.offsetHeight > innerHeight - edge;
  bubble.style.left = Math.max(edge, left) + 'px';
  bubble.style.top = Math.max(edge, isLow ? at.top - 8 - bubble.offsetHeight : under) + 'px';
}

document.addEventListener('click', (event) => {
  const button = event.target.closest?.('.tg-term');
  if (!button) return;
  event.preventDefault(); // in a label it would be the field that is pressed
  open(button);
});
window.addEventListener('scroll', () => bubble?.matches(':popover-open') && bubble.hidePopover(), {
  passive: true,
});

// -- the glossary ---------------------------------------------------------------------------------
tgan.glossary = (name = '') => {
  let box = document.getElementById('tg-glossary');
  if (!box) {
    box = document.createElement('dialog');
    box.id = 'tg-glossary';
    box.addEventListener('click', (event) => {
      if (event.target === box) box.close();
    });
    document.body.append(box);
  }
  box.setAttribute('aria-label', tgan.t('terms.title'));
  box.innerHTML = '<div class="top"><h2></h2><button type="button">✕</button></div><dl></dl>';
  box.querySelector('h2').textContent = tgan.t('terms.title');
  const close = box.querySelector('button');
  close.setAttribute('aria-label', tgan.t('terms.close'));
  close.addEventListener('click', () => box.close());
  const list = box.querySelector('dl');
  for (const key of NAMES) {
    const term = document.createElement('dt');
    const what = document.createElement('dd');
    term.id = 'glossary-' + key.replace('term.', '');
    term.textContent = tgan.t(key);
    what.textContent = tgan.t(key + '.what');
    list.append(term, what);
  }
  box.showModal();
  list.scrollTop = 0;
  const wanted = document.getElementById('glossary-' + name);
  wanted?.classList.add('on');
  wanted?.scrollIntoView({block: 'center'});
};
// for the help, which a click closes by itself
tgan.glossaryButton = () => {
  const button = document.createElement('button');
  button.type = 'button';
  button.id = 'open-glossary';
  button.textContent = tgan.t('terms.open');
  button.addEventListener('click', () => tgan.glossary());
  return button;
};

// -- beside Gradio's own labels, which come and go with their tabs ----------------------------------
let due = 0;
const dress = () => {
  due = 0;
  document.querySelectorAll('.tg-of-term').forEach((block) => {
    const title = block.querySelector('[data-testid="block-info"]');
    const name = /(?:^| )term-(\w+)/.exec(block.className)?.[1];
    if (!title || !name || block.querySelector('.tg-term')) return;
    title.append(tgan.term(name));
  });
  document.querySelectorAll('#model-card :is(td, th):first-child').forEach((cell) => {
    const name = CARD.find(([, words]) => words.some((word) => cell.textContent.startsWith(word)))?.[0];
    if (name && !cell.querySelector('.tg-term')) cell.append(' ', tgan.term(name));
  });
};
// rows of a model's card
const CARD = [
  ['frechet', ['Fréchet distance']],
  ['coverage', ['Precision', 'Recall', 'Coverage', 'precision', 'recall', 'coverage']],
  ['bands', ['power from']],
  ['blindness', ['AUC, real over real']],
  ['warm_start', ['warm start', 'Warm start']],
];
const watched = new MutationObserver(() => {
  due ||= setTimeout(dress, 120);
});
watched.observe(document.documentElement, {childList: true, subtree: true});
tgan.onLang(() => tgan.terms(document));
