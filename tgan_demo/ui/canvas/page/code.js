// A QR code as an SVG, tgan.code: black on white in either theme, with the quiet zone that scanners want.
const SVG = 'http://www.w3.org/2000/svg';
const QUIET = 4; // modules

// of what links.qr gives, {size, path}
tgan.code = ({size, path}) => {
  const svg = document.createElementNS(SVG, 'svg');
  const wide = size + 2 * QUIET;
  svg.setAttribute('viewBox', `${-QUIET} ${-QUIET} ${wide} ${wide}`);
  svg.setAttribute('shape-rendering', 'crispEdges');
  const dark = document.createElementNS(SVG, 'path');
  dark.setAttribute('d', path);
  dark.setAttribute('fill', '#000');
  svg.append(dark);
  return svg;
};
