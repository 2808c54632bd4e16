// By which score a run may end early (runs/scores.py); in the language of the page.
import {$, kept, spec, t} from './choice.js';

export const until = $('#train-until');

export function sayUntil() {
  const chosen = until.options.length ? until.value : kept.until;
  const when = (name) => t('train.until.when', {score: t('train.score.' + name)});
  const named = spec.until.map((name) => new Option(when(name), name));
  until.replaceChildren(new Option(t('train.until.never'), ''), ...named);
  until.value = spec.until.includes(chosen) ? chosen : '';
}

sayUntil();
