// Small charts over samples seen: faint as measured, strong smoothed.
const HEIGHT = 74;
const LEFT = 38;

function short(v, percent) {
  if (v === null || v === undefined) return '–';
  if (percent) return Math.round(v * 100) + ' %';
  const size = Math.abs(v);
  return size >= 100
    ? v.toFixed(0)
    : size >= 10
      ? v.toFixed(1)
      : size >= 0.01 || v === 0
        ? v.toFixed(2)
        : v.toExponential(0);
}

function smooth(values) {
  let mean = null;
  return values.map((v) => {
    if (v === null) return null;
    mean = mean === null ? v : mean + 0.18 * (v - mean);
    return mean;
  });
}

// the place in `x` that is nearest to a value
const nearest = (x, value) =>
  x.reduce((best, v, i) => (Math.abs(v - value) < Math.abs(x[best] - value) ? i : best), 0);

// Draws a chart {canvas, series: [[name, label, colour]], range?, band?, log?, percent?}: its `lines` and the
// same smoothed, `strong`, over x from 0 to `end`; a mark at the place `at` of x, dashed ones at values `marks`;
// `levels` are what real data get, a dashed line for each series.
function paint(chart, {width, x, end, lines, strong, at = null, marks = [], levels = []}) {
  const context = tgan.crisp(chart.canvas, width, HEIGHT);
  const ink = tgan.css('--tg-soft');
  const line = tgan.css('--tg-line');
  const scale = (v) => (chart.log ? Math.log10(Math.max(1e-4, v)) : v);
  const [low, high] =
    chart.range ?? bounds([...strong.flat(), ...levels].filter((v) => v !== null).map(scale), chart.log);
  const X = (v) => LEFT + (v / end) * (width - LEFT - 3);
  const Y = (v) => 5 + (1 - (scale(v) - low) / (high - low || 1)) * (HEIGHT - 10);
  if (chart.band) {
    context.fillStyle = tgan.css('--tg-good');
    context.globalAlpha = 0.16;
    context.fillRect(LEFT, Y(chart.band[1]), width - LEFT, Y(chart.band[0]) - Y(chart.band[1]));
    context.globalAlpha = 1;
  }
  context.strokeStyle = line;
  context.fillStyle = ink;
  context.lineWidth = 1;
  context.font = '11px ' + tgan.css('--tg-mono');
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  for (const mark of chart.range ? [low, 0.5, high] : [low, high]) {
    const value = chart.log ? 10 ** mark : mark;
    const y = Math.round(Y(value)) + 0.5;
    context.beginPath();
    context.moveTo(LEFT, y);
    context.lineTo(width, y);
    context.stroke();
    if (x.length || chart.range)
      context.fillText(short(value, chart.percent), LEFT - 5, Math.min(HEIGHT - 6, Math.max(6, y)));
  }
  if (low < 0 && high > 0) {
    context.setLineDash([2, 3]);
    context.beginPath();
    context.moveTo(LEFT, Y(0));
    context.lineTo(width, Y(0));
    context.stroke();
    context.setLineDash([]);
  }
  context.save();
  context.beginPath();
  context.rect(LEFT, 0, width - LEFT, HEIGHT);
  context.clip();
  chart.series.forEach(([, , colour], i) => {
    context.strokeStyle = tgan.css(colour);
    for (const [values, alpha, thick] of [
      [lines[i], 0.28, 1],
      [strong[i], 1, 1.8],
    ]) {
      context.globalAlpha = alpha;
      context.lineWidth = thick;
      context.beginPath();
      let open = false;
      values.forEach((v, k) => {
        if (v === null) {
          open = false;
          return;
        }
        if (!open) context.moveTo(X(x[k]) - 1, Y(v)); // a value between none is seen too
        context.lineTo(X(x[k]), Y(v));
        open = true;
      });
      context.stroke();
    }
    context.globalAlpha = 1;
  });
  context.lineWidth = 1;
  context.setLineDash([5, 4]);
  levels.forEach((value, i) => {
    context.strokeStyle = tgan.css(chart.series[i][2]);
    context.beginPath();
    context.moveTo(LEFT, Y(value));
    context.lineTo(width, Y(value));
    context.stroke();
  });
  context.setLineDash([]);
  context.strokeStyle = ink;
  const upright = (value) => {
    context.beginPath();
    context.moveTo(X(value), 0);
    context.lineTo(X(value), HEIGHT);
    context.stroke();
  };
  context.setLineDash([3, 3]);
  marks.forEach(upright);
  context.setLineDash([]);
  if (at !== null && x.length) upright(x[at]);
  context.restore();
}

function bounds(values, log) {
  if (!values.length) return [0, 1];
  const sorted = [...values].sort((a, b) => a - b);
  const pick = (q) => sorted[Math.round(q * (sorted.length - 1))];
  let low = pick(0.01);
  let high = pick(0.99);
  const least = log ? 0.3 : Math.max(0.02, Math.abs(high) * 0.05);
  const lack = least - (high - low);
  if (lack > 0) {
    low -= lack / 2;
    high += lack / 2;
  }
  const edge = (high - low) * 0.08;
  return [low - edge, high + edge];
}

// a colour and a text for each series [name, who, colour], appended to `top`; the texts' elements
const keys = (top, series) =>
  series.map(([, , colour]) => {
    const key = document.createElement('span');
    key.className = 'key';
    key.innerHTML = '<i></i><span></span>';
    key.querySelector('i').style.background = `var(${colour})`;
    top.append(key);
    return key.querySelector('span');
  });

tgan.chart = {LEFT, keys, nearest, paint, short, smooth};
