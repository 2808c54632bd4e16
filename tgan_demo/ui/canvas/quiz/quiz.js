// Real or generated? A dialog over the page: what to play with, the questions, the result. tgan.quiz() opens it.
// value = {part: "setup", title, modality, data, origin, sources, kept}
//   | {part: "game", title, modality, way, seconds, n, k, right, code, standing, question? | score, d, ..., told?}
//   | {part: "standing", ...} | {part: "review", rows, sheet} | {part: "wrong", key? | text?}
// Fires open, begin, join, answer, look, review, leave. Which sample is real comes with the answer to `answer`.
import {showQuestion, showTold, stopQuestion} from './question.js';
import {showResult, showReview} from './result.js';
import {showRoom, showStanding} from './room.js';
import {$, t} from './view.js';

const LOOK_MS = 3000;
const dialog = $('dialog');
let setup = null;
let game = null;
let told = null;
let looking = 0;

function show(name) {
  for (const section of ['setup', 'play', 'done']) $('.' + section).hidden = section !== name;
  $('.leaving').hidden = !game || name === 'setup';
  if (name !== 'play') stopQuestion();
}

function busy(text = '') {
  $('.busy').hidden = !text;
  $('.busy').textContent = text;
  for (const button of dialog.querySelectorAll('form button')) button.disabled = !!text;
}

// what the server cannot answer is told under the dialog, where nobody sees it
function failed() {
  if (!dialog.open) return;
  busy();
  if (game) game.waits = false;
  wrong(t('error.sorry'));
}
document.addEventListener('tgan:refused', failed);
tgan.onTrouble(failed);

function wrong(text = '') {
  $('.wrong').hidden = !text;
  $('.wrong').textContent = text;
}

// -- before a game ---------------------------------------------------------------------------------
function options(box, rows) {
  const before = box.value;
  box.replaceChildren(...rows.map(([value, text]) => new Option(text, value)));
  if (rows.some(([value]) => String(value) === before)) box.value = before;
}

function showSetup() {
  const {sources, modality} = setup;
  const title = tgan.named(setup.title, [modality]);
  show('setup');
  tgan.words(element, [modality]);
  showRoom(null);
  $('.where').textContent = title;
  $('.what').textContent = t('quiz.what', {title}, modality);
  const names = {data: tgan.named(setup.data, [modality]), origin: setup.origin};
  $('.lack').textContent = t('quiz.lack', {title, ...names}, modality);
  $('.bring').hidden = sources.length > 0;
  $('.begin').hidden = !sources.length;
  options(
    $('.source'),
    sources.map(({id, title: name, kind}) => [
      id,
      t('quiz.source.' + kind, {name: tgan.named(name, [modality])}),
    ]),
  );
  options(
    $('.count'),
    fixed.counts.map((n) => [n, String(n)]),
  );
  options(
    $('.seconds'),
    fixed.seconds.map((s) => [s, t('quiz.s', {s})]),
  );
  if (!$('.begin').dataset.set) {
    $('.begin').dataset.set = 1;
    $('.seconds').value = 5;
    $('.count').value = 20;
  }
  $('.kept').textContent = t(setup.kept ? 'quiz.kept.some' : 'quiz.kept.none', {
    n: setup.kept,
    enough: fixed.enough,
  });
  choose();
}

function choose() {
  const isClocked = dialog.querySelector('[name=quiz-way]:checked').value === 'single';
  $('.clocked').hidden = !isClocked;
  const source = setup?.sources.find(({id}) => id === $('.source').value);
  $('.told-source').textContent = source
    ? [
        source.kind === 'hub' ? t('quiz.hub') : '',
        source.learned ? '' : t('quiz.other', {}, setup.modality),
      ].join(' ')
    : '';
}

$('.begin').addEventListener('change', choose);
$('.begin').addEventListener('submit', (event) => {
  event.preventDefault();
  wrong();
  const hub = setup.sources.find(({id}) => id === $('.source').value)?.kind === 'hub';
  busy(t(hub ? 'quiz.fetching' : 'quiz.making', {}, setup.modality));
  trigger('begin', {
    source: $('.source').value,
    way: dialog.querySelector('[name=quiz-way]:checked').value,
    count: Number($('.count').value),
    seconds: Number($('.seconds').value),
    open: !!event.submitter?.dataset.open,
  });
});
$('.join').addEventListener('submit', (event) => {
  event.preventDefault();
  join($('.entered').value);
});

function join(code) {
  wrong();
  busy(t('quiz.joining'));
  trigger('join', {code});
}

$('.train').addEventListener('click', () => {
  dialog.close();
  tgan.openTab('train');
});

// -- a game ------------------------------------------------------------------------------------------
function answer(choice) {
  if (told || !game?.question || game.waits) return;
  game.waits = true;
  trigger('answer', {k: game.question.k, choice});
}

function showGame() {
  told = null;
  showRoom(game);
  const title = tgan.named(game.title, [game.modality]);
  if (game.question) {
    show('play');
    const place = {title, k: game.k + 1, n: game.n, right: game.right};
    $('.where').textContent = t('quiz.where', place);
    $('.told').textContent = '';
    $('.next').hidden = true;
    showQuestion(game, answer);
  } else {
    show('done');
    $('.where').textContent = title;
    showResult(game);
  }
}

function take() {
  const value = props.value;
  if (!value?.part) return;
  if (value.part === 'standing') {
    if (value.gone) return; // the next answer says so
    if (game) game.standing = value;
    showStanding(game);
    if (game?.score) showResult(game, false);
    return;
  }
  if (value.part === 'review') return showReview(game, value);
  busy();
  wrong(value.part === 'wrong' ? (value.key ? t(value.key) : value.text) : '');
  if (value.part === 'wrong') {
    if (value.key === 'quiz.gone') game = null;
    if (game) game.waits = false;
    else if ($('.setup').hidden) trigger('open', {});
    return;
  }
  if (value.part === 'setup') {
    [setup, game] = [value, null];
    return showSetup();
  }
  if (value.told && game?.question?.k === value.told.k) {
    // what was shown stays until somebody goes on
    const shown = game;
    game = value;
    told = value.told;
    $('.where').textContent = t('quiz.where', {
      title: tgan.named(game.title, [game.modality]),
      k: told.k + 1,
      n: game.n,
      right: game.right,
    });
    showTold(shown, told);
    $('.next').hidden = false;
    $('.next').focus();
    return;
  }
  game = value;
  showGame();
}

$('.next').addEventListener('click', showGame);
$('.again').addEventListener('click', () => trigger('leave', {}));
$('.leave').addEventListener('click', () => trigger('leave', {}));
$('.review').addEventListener('click', () => {
  const isOpen = $('.review').getAttribute('aria-expanded') === 'true';
  $('.review').setAttribute('aria-expanded', !isOpen);
  $('.pairs').hidden = isOpen;
  if (!isOpen) trigger('review', {});
});

// 1 and 2 answer; arrows go from one answer to the other, Enter gives the one that has the focus.
const FIRST = ['ArrowLeft', 'ArrowUp'];
const SECOND = ['ArrowRight', 'ArrowDown'];
dialog.addEventListener('keydown', (event) => {
  if ($('.play').hidden || told || event.ctrlKey || event.metaKey || event.altKey) return;
  const buttons = [...$('.play').querySelectorAll('[data-choice]')];
  const at = FIRST.includes(event.key) ? 0 : SECOND.includes(event.key) ? 1 : -1;
  if (event.key === '1' || event.key === '2') answer(Number(event.key) - 1);
  else if (at >= 0) buttons[at]?.focus();
  else return;
  event.preventDefault();
});

// -- the dialog ----------------------------------------------------------------------------------------
function open() {
  wrong();
  tgan.words(element);
  if (!dialog.open) dialog.showModal();
  clearInterval(looking);
  looking = setInterval(() => game?.code && !document.hidden && trigger('look', {}), LOOK_MS);
}

tgan.quiz = () => {
  open();
  trigger('open', {});
};
dialog.addEventListener('close', () => {
  clearInterval(looking);
  stopQuestion();
});
$('.close').addEventListener('click', () => dialog.close());

// a link to a game: joined as soon as the page knows whose it is
const linked = tgan.param('join');
if (linked) {
  tgan.link({join: null});
  const begun = setInterval(() => {
    if (tgan.me === null) return;
    clearInterval(begun);
    open();
    join(linked);
  }, 100);
}

function words() {
  tgan.words(element);
  if (!dialog.open || told) return;
  if (game) showGame();
  else if (setup) showSetup();
}

words();
watch('value', take);
tgan.onLang(words);
