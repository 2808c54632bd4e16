// Writes a sheet of texts in the browser's own letters: tgan.written.
const LETTERS = '"Noto Serif CJK SC", "Songti SC", "Noto Serif SC", Georgia, serif';
tgan.written = ({texts, cells, grid, cols, size, tall = 1, pad = 0, numbered = false}) => {
  const items = cells || texts;
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d');
  const high = Math.round(tall * size);
  canvas.width = cols * size;
  canvas.height = Math.ceil(items.length / cols) * high;
  context.textBaseline = 'middle';
  items.forEach((item, i) => {
    const x = (i % cols) * size;
    const y = Math.floor(i / cols) * high;
    context.fillStyle = '#f7f2e6';
    context.fillRect(x, y, size, high);
    context.fillStyle = '#29241c';
    context.save();
    context.beginPath();
    context.rect(x, y, size, high);
    context.clip();
    const air = pad * size;
    if (pad) {
      context.strokeStyle = '#d9cfb8';
      context.lineWidth = 2;
      context.strokeRect(x + 1, y + 1, size - 2, high - 2);
    }
    if (cells && item && numbered) codesOnGrid(context, item, grid, x, y, size, high);
    else if (cells && item) onGrid(context, item, grid, x + air, y + air, size - 2 * air);
    else wrapped(context, String(texts[i]), x, y, size, high);
    context.restore();
  });
  return canvas;
};

// one token a cell; verses get their marks
function onGrid(context, pieces, [rows, columns], x, y, size) {
  const w = size / columns;
  const h = size / rows;
  const verse = rows === 4 && columns === 5;
  context.textAlign = 'center';
  pieces.forEach((piece, k) => {
    const text = piece.replace(/\n/g, '↵');
    const wide = Math.max(1, [...text].length * 0.62);
    context.font = `${Math.min(h * 0.62, (w * 0.8) / (verse ? 1 : wide))}px ${LETTERS}`;
    context.fillText(
      text,
      x + ((k % columns) + 0.5) * w - (verse ? w * 0.08 : 0),
      y + (Math.floor(k / columns) + 0.52) * h,
    );
    if (verse && k % columns === columns - 1) {
      context.font = `${h * 0.4}px ${LETTERS}`;
      context.fillText(
        Math.floor(k / columns) % 2 ? '。' : '，',
        x + size - w * 0.02,
        y + (Math.floor(k / columns) + 0.62) * h,
      );
    }
  });
}

// a code a cell: number, words
function codesOnGrid(context, words, [rows, columns], x, y, size, high) {
  const w = size / columns;
  const h = high / rows;
  const px = Math.min(h * 0.13, w * 0.2);
  words.forEach((word, k) => {
    const left = x + (k % columns) * w;
    const top = y + Math.floor(k / columns) * h;
    context.strokeStyle = '#d9cfb8';
    context.lineWidth = 1.5;
    context.strokeRect(left, top, w, h);
    context.font = `600 ${px}px system-ui, sans-serif`;
    context.textAlign = 'left';
    context.fillStyle = '#8a7f68';
    context.fillText(String(k + 1), left + w * 0.07, top + px * 0.85);
    context.fillStyle = '#29241c';
    if (word.trim())
      wrapped(context, word, left, top + px * 1.1, w, h - px * 1.2, Math.min(w * 0.2, h * 0.16));
  });
}

// the largest letters with which all of it fits
function wrapped(context, text, x, y, size, high = size, most = size * 0.15) {
  context.textAlign = 'left';
  const pad = size * 0.06;
  const room = size - 2 * pad;
  const below = high - 2 * Math.min(pad, high * 0.06);
  for (let px = most; px >= 4; px *= 0.88) {
    context.font = `${px}px ${/[{}()=]|\n/.test(text) ? 'ui-monospace, monospace' : LETTERS}`;
    const lines = text.split('\n').flatMap((line) => fold(context, line, room));
    const isWhole = text.split(/\s+/).every((word) => context.measureText(word).width <= room);
    if ((lines.length * px * 1.3 > below || (!isWhole && px > size * 0.08)) && px > 4.6) continue;
    lines.forEach((line, k) => context.fillText(line, x + pad, y + pad + (k + 0.6) * px * 1.3));
    return;
  }
}

function fold(context, line, room) {
  const words = line.match(/\s*\S+|\s+$/g) || [''];
  const lines = [''];
  for (const word of words) {
    if (context.measureText(lines.at(-1) + word).width <= room) {
      lines[lines.length - 1] += word;
      continue;
    }
    let rest = lines.at(-1) ? word.trimStart() : word;
    if (lines.at(-1)) lines.push('');
    while (context.measureText(rest).width > room && rest.length > 1) {
      let n = rest.length - 1;
      while (n > 1 && context.measureText(rest.slice(0, n)).width > room) n--;
      lines[lines.length - 1] = rest.slice(0, n);
      lines.push('');
      rest = rest.slice(n);
    }
    lines[lines.length - 1] = rest;
  }
  return lines;
}
