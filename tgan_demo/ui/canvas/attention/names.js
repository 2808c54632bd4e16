// Names of tokens in words: a patch's place, a piece of text, a region.
import {CLS, columns, grid, isCodes, pieces, rows, t} from './view.js';

export const percent = (share) => (share >= 0.0995 ? (100 * share).toFixed(0) : (100 * share).toFixed(1));
export const codeName = (i) => {
  const piece = pieces()?.[i]?.trim();
  return t(piece ? 'inside.code' : 'inside.code.bare', {
    n: i + 1,
    piece: piece?.length > 48 ? piece.slice(0, 46) + '…' : piece,
  });
};
export const patchName = (i) =>
  i === CLS
    ? t('inside.cls')
    : isCodes()
      ? codeName(i)
      : pieces()
        ? t('inside.piece', {piece: pieces()[i]?.trim() || '∅', n: i + 1})
        : t(grid().length > 2 ? 'inside.patch.step' : 'inside.patch', spot(i));

// row, column and step of a patch, as people count
export function spot(i) {
  const [step, row, column] = tgan.places(grid(), 1, 1).split(i);
  return {row: row + 1, column: column + 1, step: step + 1};
}

export function region(i) {
  const gh = rows();
  const gw = columns();
  const third = (p, n) => (n < 3 ? (n === 1 ? 1 : 2 * p) : Math.min(2, Math.floor((3 * (p + 0.5)) / n)));
  return t('inside.region.' + (3 * third(Math.floor(i / gw) % gh, gh) + third(i % gw, gw)));
}
