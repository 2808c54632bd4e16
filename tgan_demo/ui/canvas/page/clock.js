// One clock for all clips of the page, as tgan.clock, so that they play in step.
//   tgan.clock.frame(total)   which of `total` frames to show now
//   tgan.clock.listen(fn, node?)  calls fn when that changes or play stops; with a node, only while it is
//                             seen. Returns what ends it.
//   hold(frame), go(), playing, fps
const listeners = new Map();
let count = 0;
let since = 0;
let playing = !matchMedia('(prefers-reduced-motion: reduce)').matches;
let waiting = 0;

const seen = (node) => !node || (node.isConnected && node.checkVisibility());
const tell = () => {
  for (const [listener, node] of listeners) {
    if (node && !node.isConnected) listeners.delete(listener);
    else if (seen(node)) listener();
  }
};
const beat = () => {
  clearTimeout(waiting);
  if (!playing || document.hidden || !listeners.size) return;
  const now = performance.now();
  const step = 1000 / clock.fps;
  const passed = Math.floor((now - since) / step);
  if (passed >= 1) {
    count += passed;
    since += passed * step;
    tell();
  }
  waiting = setTimeout(beat, Math.max(4, since + step - performance.now()));
};
const clock = (tgan.clock = {
  fps: 8,
  get playing() {
    return playing;
  },
  frame: (total) => (total > 1 ? count % total : 0),
  listen(listener, node = null) {
    listeners.set(listener, node);
    if (listeners.size === 1) {
      since = performance.now();
      beat();
    }
    return () => listeners.delete(listener);
  },
  hold(frame) {
    playing = false;
    if (frame !== undefined) count = Math.max(0, Math.floor(frame) || 0);
    tell();
  },
  go() {
    if (playing) return;
    playing = true;
    since = performance.now();
    tell();
    beat();
  },
  shown: () => [...document.querySelectorAll('.tg-clock')].some((bar) => bar.checkVisibility()), // a bar to play with
  toggle() {
    if (playing) clock.hold();
    else clock.go();
  },
});
document.addEventListener('visibilitychange', () => {
  since = performance.now();
  beat();
});
