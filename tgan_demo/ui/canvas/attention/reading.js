// Tokens that write: the whole text, every stretch in the colour of the token that mostly writes it.
import {$, node, pieces, set, shown, state, t} from './view.js';

export function drawReading() {
  const {spans, said, text} = shown().item;
  const box = $('.reading');
  const words = pieces();
  box.hidden = !spans;
  if (box.hidden) return;
  const parts = spans
    .map(([part, code]) => {
      const chip = node(
        'button',
        {
          type: 'button',
          'data-code': code,
          style: `--hue: ${Math.round((360 * code) / words.length)}`,
          title: t('inside.code.bare', {n: code + 1}),
          'aria-pressed': code === state.token,
        },
        part.trimEnd(),
        node('sub', {}, String(code + 1)),
      );
      return [part.slice(0, part.length - part.trimStart().length), chip, part.slice(part.trimEnd().length)];
    })
    .flatMap(([before, chip, after]) => [before, chip, after]);
  const line = node('p', {class: /\n|[{}()=]/.test(text) ? 'text code' : 'text'}, ...parts);
  box.replaceChildren(
    line,
    node(
      'small',
      {},
      t('inside.reading') +
        (said !== null && said !== undefined && said !== text
          ? ' ' + t('inside.reading.said', {text: said})
          : ''),
    ),
  );
}

$('.reading').addEventListener('click', (event) => {
  const chip = event.target.closest('[data-code]');
  if (chip) set({token: +chip.dataset.code});
});
