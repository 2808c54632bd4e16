// The result: you, all who play, and D on the same pairs, each with its interval; and every pair again.
import {$, node, percent, put, t} from './view.js';

const SIDE = 74; // pixels of an item in the list of all pairs

function bar(name, {right, n, low, high}) {
  const share = n ? right / n : 0;
  const numbers = {right, n, share: percent(share), low: percent(low), high: percent(high)};
  const track = node(
    'div',
    {class: 'track', 'aria-hidden': 'true'},
    node('i', {style: `left:${100 * low}%;width:${100 * (high - low)}%`}),
    node('b', {style: `left:${100 * share}%`}),
  );
  return node(
    'div',
    {role: 'listitem', class: 'bar'},
    node('span', {class: 'name'}, name),
    track,
    node('span', {class: 'number'}, t('quiz.score', numbers)),
  );
}

export function showResult(game, focus = true) {
  const {score, d, standing, modality} = game;
  const ask = $('.done .ask');
  const numbers = {right: score.right, n: score.n, d: d.right};
  ask.textContent = t('quiz.done', numbers);
  const others = standing.players > 1 ? [bar(t('quiz.all', {n: standing.players}), standing)] : [];
  $('.bars').replaceChildren(bar(t('quiz.you'), score), ...others, bar('D', d));
  const key = score.low > 0.5 ? 'can' : score.high < 0.5 ? 'fooled' : 'cannot';
  $('.verdict').textContent = t('quiz.verdict.' + key, numbers, modality);
  const notes = [game.way === 'pairs' ? '' : t('quiz.d.both')];
  if (game.read) notes.push(t('quiz.d.read', {}, modality));
  if (game.seen) notes.push(t('quiz.d.seen', {}, modality));
  if (!game.is_kept) notes.push(t('quiz.kept.not', {}, modality));
  else if (game.kept) notes.push(t('quiz.kept.some', {n: game.kept, enough: fixed.enough}));
  $('.done .small').textContent = notes.filter(Boolean).join(' ');
  if (!focus) return;
  $('.review').setAttribute('aria-expanded', false);
  $('.pairs').hidden = true;
  ask.focus({preventScroll: true});
}

export async function showReview(game, {rows, sheet}) {
  if (!game || !rows.length) return;
  const value = tgan.sized(sheet, Math.round(SIDE * 2 * tgan.ratio()));
  const image = await tgan.picture(value.src);
  const side = value.src.size ? SIDE * 2 : SIDE;
  const mark = (is) => (is ? '✓' : '✗');
  const said = (is) => t(is ? 'quiz.mark.right' : 'quiz.mark.wrong');
  const boxes = rows.map((row, k) => {
    const items = ['real', 'generated'].map((word, j) => {
      const canvas = node('canvas', {role: 'img', title: t('quiz.' + word)});
      const text = value.texts?.[2 * k + j];
      canvas.setAttribute('aria-label', t('quiz.' + word) + (text ? `: ${text}` : ''));
      if (image.sounds) canvas.addEventListener('click', () => tgan.hear(image.sounds[2 * k + j], 1));
      put(canvas, image, value, 2 * k + j, side);
      return node('figure', {}, canvas, node('figcaption', {}, t('quiz.' + word)));
    });
    const line = [`${t('quiz.you')} ${mark(row.you)}`, `D ${mark(row.d)}`];
    if (game.standing.players > 1) line.push(`${row.all.right}/${row.all.n}`);
    const label = t('quiz.pair', {k: k + 1, you: said(row.you), d: said(row.d)});
    const caption = node('p', {'aria-label': label}, `${k + 1} · ${line.join(' · ')}`);
    return node('div', {role: 'listitem', class: 'pair'}, node('div', {class: 'two'}, ...items), caption);
  });
  $('.pairs').replaceChildren(...boxes);
}
