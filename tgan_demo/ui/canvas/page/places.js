// Where tokens lie, as tgan.places: rows and columns of one picture; of a clip those of each step in
// time, one picture a step, laid side by side. Also which habit in time a row of attention has.
const LEAST = 96; // pixels of a step's picture before they are laid in more lines

// A grid is [steps, rows, columns]; what it leaves out at its front is 1.
tgan.gridOf = (grid) => [1, 1, ...grid].slice(-3);
tgan.tokens = (grid) => grid.reduce((a, b) => a * b, 1);
// The token in the middle, of a clip in its second quarter, where it has begun to move.
tgan.middle = (grid) => {
  const [steps, rows, columns] = tgan.gridOf(grid);
  return (Math.floor((steps - 1) / 2) * rows + Math.floor(rows / 2)) * columns + Math.floor(columns / 2);
};
// Pictures side by side: all of them if each is wide enough, else in two lines, and so on.
tgan.across = (steps, room, gap, least = LEAST) => {
  for (let lines = 1; lines < steps; lines++) {
    const across = Math.ceil(steps / lines);
    if ((room - gap * (across - 1)) / across >= least) return across;
  }
  return 1;
};
// Boxes of tokens on a canvas whose steps are w x h pixels each, with `foot` pixels below every one.
tgan.places = (grid, w, h, {across = Infinity, gap = 0, foot = 0} = {}) => {
  const [steps, rows, columns] = tgan.gridOf(grid);
  const n = Math.min(steps, across);
  const lines = Math.ceil(steps / n);
  const cw = w / columns;
  const ch = h / rows;
  const down = h + foot + gap;
  const split = (token) => [
    Math.floor(token / (rows * columns)),
    Math.floor(token / columns) % rows,
    token % columns,
  ];
  const token = (step, row, column) => (step * rows + row) * columns + column;
  const step = (k) => ({x: (k % n) * (w + gap), y: Math.floor(k / n) * down, w, h});
  return {
    steps,
    rows,
    columns,
    split,
    token,
    step,
    cw,
    ch,
    width: n * (w + gap) - gap,
    height: lines * down - gap,
    box(i) {
      const [k, row, column] = split(i);
      const {x, y} = step(k);
      return {x: x + column * cw, y: y + row * ch, w: cw, h: ch};
    },
    // the token there, or null
    at(x, y) {
      const column = Math.floor(x / (w + gap));
      const line = Math.floor(y / down);
      const k = line * n + column;
      const left = x - column * (w + gap);
      const top = y - line * down;
      if (column < 0 || column >= n || line < 0 || k >= steps || left < 0 || left >= w || top < 0 || top >= h)
        return null;
      return token(k, Math.floor(top / ch), Math.floor(left / cw));
    },
    // as the arrow keys go, over the borders of steps; null at the end
    move(i, dx, dy) {
      const [k, row, column] = split(i);
      const over = (at, size) => (at < 0 ? -1 : at >= size ? 1 : 0);
      const sx = over(column + dx, columns);
      const sy = over(row + dy, rows);
      const to = k + sx + sy * n;
      if (to < 0 || to >= steps || (k % n) + sx < 0 || (k % n) + sx >= n) return null;
      return token(to, (row + dy + rows) % rows, (column + dx + columns) % columns);
    },
  };
};
// The arrow keys as [dx, dy]; undefined for others.
tgan.arrow = (key) => ({ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]})[key];

// How much of a row of weights lies in each step.
tgan.perStep = (cells, grid) => {
  const [steps, rows, columns] = tgan.gridOf(grid);
  const sums = Array.from({length: steps}, () => 0);
  cells.forEach((w, i) => {
    sums[Math.floor(i / (rows * columns))] += w;
  });
  return sums;
};
// What a row of a clip does in time: ['key', share, more] of words, or null where it is nothing but a
// habit within the token's own step. `best` is its largest weight, `sharp` whether that stands out.
tgan.inTime = (cells, grid, token, best, sharp) => {
  const {split, rows, columns} = tgan.places(grid, 1, 1);
  const [k, row, column] = split(token);
  const [k2, row2, column2] = split(best);
  const per = tgan.perStep(cells, grid);
  const gone = k2 - k;
  if (sharp && gone && row === row2 && column === column2) {
    return [
      Math.abs(gone) === 1 ? (gone < 0 ? 'before' : 'after') : gone < 0 ? 'earlier' : 'later',
      cells[best],
      {n: Math.abs(gone)},
    ];
  }
  const along = cells.reduce((sum, w, i) => {
    const [, r, c] = split(i);
    return r === row && c === column && i !== token ? sum + w : sum;
  }, 0);
  if (along > 0.5) return ['along', along, {}];
  if (sharp && !gone) return null;
  const most = per.indexOf(Math.max(...per));
  const own = per[k];
  if (rows * columns > 1 && own > 0.6) return sharp ? null : ['now', own, {}];
  if (per[most] > 0.6) return ['step', per[most], {step: most + 1}];
  const past = per.slice(0, k).reduce((a, b) => a + b, 0);
  const next = per.slice(k + 1).reduce((a, b) => a + b, 0);
  if (past > 0.6) return ['past', past, {}];
  if (next > 0.6) return ['next', next, {}];
  return null;
};
