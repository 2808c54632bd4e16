// How things are drawn: colours of the theme, crisp canvases, whole pixels, who hears of another size.
const lookListeners = new Set();
tgan.css = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();
tgan.onLook = (listener) => lookListeners.add(listener); // size, theme or language changed
const look = () => lookListeners.forEach((listener) => listener());
let waiting = 0;
const soon = () => {
  cancelAnimationFrame(waiting);
  waiting = requestAnimationFrame(look);
};
tgan.onLang(soon);
tgan.watchSize = (node) => new ResizeObserver(soon).observe(node);
tgan.setDark = (dark) => {
  document.body.classList.toggle('dark', dark);
  document.documentElement.style.colorScheme = dark ? 'dark' : 'light';
  soon();
};
window.addEventListener('resize', soon);

// Screen pixels for one CSS pixel.
tgan.ratio = () => window.devicePixelRatio || 1;
// Whether the page is shown on a projector, where its picture takes the height.
tgan.presents = () => document.body.classList.contains('present');
// A canvas of width x height CSS pixels at the screen's own resolution; returns its context.
tgan.crisp = (canvas, width, height) => {
  const ratio = tgan.ratio();
  const w = Math.max(1, Math.round(width * ratio));
  const h = Math.max(1, Math.round(height * ratio));
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
  }
  canvas.style.width = width + 'px';
  canvas.style.height = height + 'px';
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.imageSmoothingEnabled = false;
  context.clearRect(0, 0, width, height);
  return context;
};
// Largest size <= room whose pixels are whole screen pixels.
tgan.wholeSize = (pixels, room) => {
  const ratio = tgan.ratio();
  const times = Math.floor((room * ratio) / pixels);
  return times >= 1 ? (times * pixels) / ratio : room;
};
