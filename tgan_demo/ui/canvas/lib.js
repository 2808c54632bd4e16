// What every canvas shares, as window.tgan: words, colours, crisp drawing, the link, small tools.
// Runs once, in the page's head, before any component. Touches no component by itself.
(() => {
  const settings = window.tganSettings || {words: {}, present: false};
  const tgan = (window.tgan = {settings});

  // -- kept in this browser; private windows may refuse, then it simply is not kept ---------
  tgan.keep = (key, value) => {
    try {
      localStorage.setItem('tgan.' + key, JSON.stringify(value));
    } catch {
      /* not kept */
    }
  };
  tgan.kept = (key, otherwise = null) => {
    try {
      return JSON.parse(localStorage.getItem('tgan.' + key)) ?? otherwise;
    } catch {
      return otherwise;
    }
  };

  // -- the link -----------------------------------------------------------------------------
  tgan.opened = location.search; // as the page was opened, before anything rewrites it
  const query = () => new URLSearchParams(location.search);
  tgan.param = (key) => query().get(key);
  // null removes a parameter
  tgan.link = (changes) => {
    const params = query();
    for (const [key, value] of Object.entries(changes)) {
      if (value === null || value === undefined || value === '') params.delete(key);
      else params.set(key, value);
    }
    const text = params.toString();
    history.replaceState(null, '', location.pathname + (text ? '?' + text : ''));
  };

  // -- words --------------------------------------------------------------------------------
  const asked = tgan.param('lang') || tgan.kept('lang');
  tgan.lang = asked === 'zh' || asked === 'en' ? asked : 'en';
  const langListeners = new Set();
  // `kinds` (tgan.kinds): a medium or route may have its own words, under key.kind; the first that has wins.
  tgan.t = (key, values = {}, kinds = []) => {
    const pair = kinds.map((kind) => settings.words[key + '.' + kind]).find(Boolean) || settings.words[key];
    if (!pair) return key;
    return pair[tgan.lang === 'zh' ? 1 : 0].replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
  };
  tgan.kinds = (medium, route) =>
    medium === 'audio' || medium === 'video'
      ? [medium]
      : medium !== 'text'
        ? []
        : route === 'latent'
          ? ['codes', 'text']
          : ['text'];
  // the words of the run that the Train tab shows
  tgan.runKinds = () => tgan.kinds(tgan.run?.medium, tgan.run?.attention?.words && 'latent');
  tgan.ofRun = (key, values) => tgan.t(key, values, tgan.runKinds());
  const PLACES = {t: null, tTitle: 'title', tAria: 'aria-label', tPlaceholder: 'placeholder'};
  // fills data-t, data-t-title, data-t-aria, data-t-placeholder
  tgan.words = (root, kinds = []) => {
    for (const [field, attribute] of Object.entries(PLACES)) {
      const selector = '[data-' + field.replace(/[A-Z]/g, (c) => '-' + c.toLowerCase()) + ']';
      root.querySelectorAll(selector).forEach((node) => {
        const text = tgan.t(node.dataset[field], {}, kinds);
        if (attribute) node.setAttribute(attribute, text);
        else node.textContent = text;
      });
    }
  };
  tgan.onLang = (listener) => langListeners.add(listener);
  tgan.setLang = (lang) => {
    tgan.lang = lang === 'zh' ? 'zh' : 'en';
    tgan.keep('lang', tgan.lang);
    tgan.link({lang: tgan.lang});
    document.documentElement.lang = tgan.lang === 'zh' ? 'zh-CN' : 'en';
    tgan.words(document);
    langListeners.forEach((listener) => listener(tgan.lang));
    tgan.set('lang-id', tgan.lang);
  };

  // -- look ---------------------------------------------------------------------------------
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

  // Screen pixels for one CSS pixel; the presenter mode zooms the page.
  tgan.ratio = () => (window.devicePixelRatio || 1) * (parseFloat(getComputedStyle(document.body).zoom) || 1);
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
  // "text:{...}" is a sheet of texts (sheets.text_sheet), written here, in the browser's own letters;
  // "sound:{...}" one of sounds (sheets.sound_sheet), whose picture has them as .sounds; "clips:{...}"
  // one of clips (sheets.clip_sheet), whose picture has its number of frames as .frames: see clock.js.
  tgan.picture = (src) =>
    src.startsWith('clips:')
      ? tgan.film(JSON.parse(src.slice(6)))
      : src.startsWith('sound:')
        ? withSounds(JSON.parse(src.slice(6)))
        : src.startsWith('text:')
          ? Promise.resolve(tgan.written(JSON.parse(src.slice(5))))
          : new Promise((resolve, reject) => {
              const image = new Image();
              image.onload = () => resolve(image);
              image.onerror = reject;
              image.src = src;
            });

  const withSounds = ({png, sounds}) => tgan.picture(png).then((image) => Object.assign(image, {sounds}));
  // Plays one sound at a time; `moved(share)` follows it, and is told null at its end.
  let sounding = null;
  tgan.hear = (src, seconds, moved = () => {}) => {
    sounding?.stop();
    const audio = new Audio(src);
    const mine = (sounding = {
      stop() {
        audio.pause();
        if (sounding === mine) sounding = null;
        moved(null);
      },
    });
    const follow = () => {
      if (sounding !== mine) return;
      if (audio.ended) return mine.stop();
      moved(Math.min(1, audio.currentTime / seconds));
      requestAnimationFrame(follow);
    };
    return audio.play().then(follow, () => mine.stop());
  };
  tgan.url = async (src) =>
    src?.startsWith('text:')
      ? (await tgan.picture(src)).toDataURL('image/png')
      : src?.startsWith('clips:')
        ? tgan.still(await tgan.picture(src))
        : src;
  // Pictures are enlarged pixel by pixel, letters smoothly.
  tgan.smooth = (context, image) => {
    context.imageSmoothingEnabled = !!image?.isText;
    context.imageSmoothingQuality = 'high';
  };
  const LETTERS = '"Noto Serif CJK SC", "Songti SC", "Noto Serif SC", Georgia, serif';
  tgan.written = ({texts, cells, grid, cols, size, tall = 1, pad = 0, numbered = false}) => {
    const items = cells || texts;
    const canvas = document.createElement('canvas');
    const context = canvas.getContext('2d');
    const high = Math.round(tall * size);
    canvas.width = cols * size;
    canvas.height = Math.ceil(items.length / cols) * high;
    canvas.isText = true;
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

  // -- the page's own components ------------------------------------------------------------
  // Gives a textbox or number a value as if typed, so that Gradio and the server see it.
  tgan.set = (id, value) => {
    const field = document.querySelector(`#${id} textarea, #${id} input`);
    if (!field || field.value === String(value)) return false;
    const kind = field.tagName === 'TEXTAREA' ? HTMLTextAreaElement : HTMLInputElement;
    Object.getOwnPropertyDescriptor(kind.prototype, 'value').set.call(field, String(value));
    field.dispatchEvent(new Event('input', {bubbles: true}));
    field.dispatchEvent(new Event('change', {bubbles: true}));
    return true;
  };
  tgan.get = (id) => document.querySelector(`#${id} textarea, #${id} input`)?.value ?? '';

  // -- small tools --------------------------------------------------------------------------
  tgan.toast = (text, kind = '') => {
    let box = document.getElementById('tg-toast');
    if (!box) {
      box = document.createElement('div');
      box.id = 'tg-toast';
      box.setAttribute('role', 'status');
      document.body.append(box);
    }
    box.textContent = text;
    box.className = 'on ' + kind;
    clearTimeout(tgan.toastTimer);
    tgan.toastTimer = setTimeout(() => box.classList.remove('on'), kind ? 9000 : 2600 + 20 * text.length);
  };
  tgan.copy = async (text, said) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // plain http has no clipboard API
      const area = document.createElement('textarea');
      area.value = text;
      area.style.cssText = 'position:fixed;opacity:0';
      document.body.append(area);
      area.select();
      document.execCommand('copy');
      area.remove();
    }
    tgan.copied = text;
    tgan.toast(said || tgan.t('copied'));
  };
  tgan.download = (name, mime, base64) => {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([bytes], {type: mime}));
    link.download = name;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  tgan.base64 = async (file) => {
    const bytes = new Uint8Array(await file.arrayBuffer());
    let text = '';
    for (let i = 0; i < bytes.length; i += 32768) {
      text += String.fromCharCode(...bytes.subarray(i, i + 32768));
    }
    return btoa(text);
  };
})();
