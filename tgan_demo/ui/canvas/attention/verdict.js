// D's verdict: its logit beside those of generated items, and how much each piece gives a text away.
import {argmax} from './maps.js';
import {codeName} from './names.js';
import {$, isCodes, named, node, shown, state, t, view} from './view.js';

export function drawVerdict() {
  const v = shown().verdict;
  const box = $('#inside-verdict');
  box.hidden = state.net !== 'd' || !v;
  if (box.hidden) return;
  const all = [...v.generated, v.logit];
  const low = Math.min(...all);
  const high = Math.max(...all);
  const pad = (high - low) * 0.04 || 1;
  const place = (x) => `left:${((100 * (x - low + pad)) / (high - low + 2 * pad)).toFixed(2)}%`;
  const digits = Math.min(5, Math.max(2, Math.ceil(1.3 - Math.log10(high - low || 1))));
  const fixed = (x) => x.toFixed(digits).replace('-', '−');
  const numbers = {
    n: v.generated.length,
    below: v.below,
    logit: fixed(v.logit),
    low: fixed(v.generated[0] ?? 0),
    high: fixed(v.generated.at(-1) ?? 0),
  };
  const judged = v.by ? ' ' + t(`inside.verdict.${v.by}`, {name: named(v.class ?? '')}) : '';
  $('.said').textContent = t(v.key, numbers) + judged;
  $('.line').replaceChildren(
    ...v.generated.map((x) => node('i', {style: place(x)})),
    node('b', {style: place(v.logit)}),
  );
  $('.numbers').textContent =
    t('inside.verdict.logit', numbers) +
    (state.source === 'uploaded' ? ' · ' + t('inside.verdict.caveat', {data: named(view.value.data)}) : '');
  Object.assign(box.dataset, {logit: v.logit, key: v.key});
  drawBlame();
}

$('.quiz').addEventListener('click', () => tgan.quiz());

// of a text: how much realer D would find it without each token
function drawBlame() {
  const {blame, pieces: words} = shown().item;
  const box = $('.blame');
  box.hidden = !words?.length;
  if (box.hidden) return;
  const top = Math.max(1e-6, ...words.map((_, i) => Math.abs(blame[i])));
  const worst = argmax(blame.slice(0, words.length));
  const chip = (word, i, ...more) => {
    const share = Math.round(70 * Math.min(1, Math.abs(blame[i]) / top));
    const colour = blame[i] > 0 ? '--tg-fake' : '--tg-real';
    return node(
      'span',
      {
        style: `background: color-mix(in srgb, var(${colour}) ${share}%, transparent)`,
        title: blame[i].toFixed(3).replace('-', '−'),
      },
      word,
      ...more,
    );
  };
  const said =
    blame[worst] > 0
      ? t('inside.blame', {
          piece: words[worst].trim() || '∅',
          code: isCodes() ? codeName(worst) : '',
          by: blame[worst].toFixed(2),
        })
      : t('inside.blame.none');
  const chips = isCodes()
    ? words.map((word, i) => chip(node('sub', {}, String(i + 1)), i, ' ' + word))
    : words.map((word, i) => chip(word, i));
  box.classList.toggle('apart', isCodes());
  box.replaceChildren(...chips, document.createElement('br'), node('small', {}, said));
}
