// Slow motion: one training step as six numbered sentences, each with what it is about on the plane.
// The server takes the step between the fifth and the sixth; all before is of the players as they were.
export const STEPS = ['data', 'g', 'd', 'losses', 'gradients', 'update'];
const PAUSE = 3200;
const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

// `show(name, index)` tells which step it is; `update()` has the server take it. Returns {start, stop, is on}.
export function slowMotion({show, update}) {
  let timer = 0;
  let at = -1;
  const next = async () => {
    at = (at + 1) % STEPS.length;
    if (STEPS[at] === 'update') await update();
    if (at < 0) return;
    show(STEPS[at], at);
    timer = setTimeout(next, calm() ? 2 * PAUSE : PAUSE);
  };
  return {
    get on() {
      return at >= 0;
    },
    start: () => {
      at = -1;
      next();
    },
    stop: () => {
      clearTimeout(timer);
      at = -1;
      show('', -1);
    },
  };
}
