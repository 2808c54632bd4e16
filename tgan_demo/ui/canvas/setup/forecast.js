// What the budget comes to, before Start: asks server.forecast({me, request}), one question at a time, the
// newest next, and says it below the budget (ui/panels/train/forecast.py); the same as a command line.
import {$, budget, spec, t, unit} from './choice.js';

const REST_MS = 400; // a track that is dragged asks once
const place = $('#train-forecast');
let due = 0;
let asked = ''; // the question that was answered last, or is being asked
let told = null;
let going = false;

export function forecast() {
  clearTimeout(due);
  due = setTimeout(ask, REST_MS);
}

async function ask() {
  const request = tgan.training.request();
  const question = JSON.stringify({...request, title: ''});
  if (going || question === asked || tgan.tab !== 'train') return;
  if (!(request.budget >= 1 && request.budget <= spec.most[request.unit])) return;
  going = true;
  asked = question;
  if (!told) place.textContent = t('train.forecast.asked');
  try {
    told = await server.forecast({me: tgan.param('me') || tgan.kept('me'), request});
  } catch {
    told = null;
    asked = '';
  }
  going = false;
  say();
  if (asked) forecast(); // what changed meanwhile
}

export function say() {
  place.dataset.reaches = told?.images ? told.reaches_game : '';
  place.textContent = told?.images ? sentence(told) : '';
  $('#train-command').hidden = !told?.command;
  $('#train-command code').textContent = told?.command ?? '';
}

function sentence(told) {
  const inSeconds = unit.value === 'seconds';
  const least = Math.ceil(told.least / (inSeconds ? 60 : 1000)) * (inSeconds ? 60 : 1000);
  const chosen = unit.selectedOptions[0]?.textContent ?? '';
  const values = {
    n: about(told.images),
    speed: about(told.speed),
    time: tgan.span(told.seconds),
    warm: tgan.span(told.warm_seconds),
    game: tgan.span(told.seconds - told.warm_seconds),
    least: inSeconds ? tgan.span(least) : tgan.whole(least) + ' ' + chosen,
  };
  const may = least <= spec.most[unit.value]; // what would be enough may be more than one may ask for
  const keys = told.reaches_game
    ? [
        told.warm_start ? 'train.forecast.warm' : 'train.forecast',
        told.is_shortened && 'train.forecast.shortened',
        told.is_shortened && may && 'train.forecast.whole',
      ]
    : ['train.forecast.short', may && 'train.forecast.give'];
  return keys
    .filter(Boolean)
    .map((key) => t(key, values))
    .join(tgan.lang === 'zh' ? '' : ' ');
}

// two digits are all that a forecast knows
const about = (n) => tgan.whole(n < 100 ? n : Number(n.toPrecision(2)));

document.addEventListener('tgan:setup', forecast);
budget.addEventListener('input', forecast);
