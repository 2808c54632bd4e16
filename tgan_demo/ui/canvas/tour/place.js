// Where a card may float: the corner of the window where it hides least of what it is about.
const EDGE = 12;
const BARS = ['#run-bar .bar', '#drawer']; // what stands along the bottom
let corner = 0; // where it was last: it stays, if nothing is hidden there

function floor() {
  const tops = BARS.map((selector) => document.querySelector(selector))
    .filter((bar) => bar?.checkVisibility() && bar.offsetHeight)
    .map((bar) => bar.getBoundingClientRect().top);
  return Math.min(innerHeight, ...tops);
}

// px² of `part` that a card at x, y would hide
function hides(part, [x, y], card) {
  const across = Math.min(part.right, x + card.offsetWidth) - Math.max(part.left, x);
  const down = Math.min(part.bottom, y + card.offsetHeight) - Math.max(part.top, y);
  return Math.max(0, across) * Math.max(0, down);
}

// gives whether all of `part` is seen beside it
export function place(card, part) {
  const right = document.documentElement.clientWidth - card.offsetWidth - EDGE;
  const low = floor() - card.offsetHeight - EDGE;
  const corners = [
    [right, low],
    [EDGE, low],
    [right, EDGE],
    [EDGE, EDGE],
  ];
  const hidden = corners.map((at) => (part ? hides(part.getBoundingClientRect(), at, card) : 0));
  if (hidden[corner]) corner = hidden.indexOf(Math.min(...hidden));
  const [x, y] = corners[corner];
  card.style.left = x + 'px';
  card.style.top = Math.max(EDGE, y) + 'px';
  return !hidden[corner];
}
