// Finds what is wrong with a page. Each finding is a text that starts with its kind.
(() => {
  const LEAST_CONTRAST_OF_TEXT = 4.5;
  const LEAST_CONTRAST_OF_SHAPES = 3;
  const SMALLEST_TEXT = 11;
  const MOST_OF_A_KIND = 10;

  const found = [];
  const counts = {};
  const problem = (kind, text, element) => {
    counts[kind] = (counts[kind] || 0) + 1;
    if (counts[kind] <= MOST_OF_A_KIND) {
      found.push(kind + ': ' + text + (element ? ' at ' + name(element) : ''));
    }
  };

  const name = element => {
    const style = element.getAttribute('class');
    const text = (element.textContent || '').trim().replace(/\s+/g, ' ').slice(0, 40);
    const parent = element.closest('[id]');
    return '<' + element.localName + (style ? ' class=' + style : '') + '>'
      + (parent ? ' in #' + parent.id : '') + (text ? ' "' + text + '"' : '');
  };

  const isVisible = element =>
    element.checkVisibility({visibilityProperty: true}) && !element.closest('defs');

  // colours

  const parse = text => {
    const numbers = text.match(/[\d.]+/g);
    return text.startsWith('rgb') && numbers
      ? {r: +numbers[0], g: +numbers[1], b: +numbers[2], a: numbers[3] === undefined ? 1 : +numbers[3]}
      : null;
  };
  const over = (top, below) => ({
    r: top.r * top.a + below.r * (1 - top.a),
    g: top.g * top.a + below.g * (1 - top.a),
    b: top.b * top.a + below.b * (1 - top.a),
    a: 1,
  });
  const luminance = ({r, g, b}) => {
    const [x, y, z] = [r, g, b].map(one => {
      const part = one / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const contrast = (one, other) => {
    const [high, low] = [luminance(one), luminance(other)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  };
  const isDark = matchMedia('(prefers-color-scheme: dark)').matches && matchMedia('screen').matches;
  const canvas = isDark ? {r: 18, g: 18, b: 18, a: 1} : {r: 255, g: 255, b: 255, a: 1};

  // What is behind an element: the backgrounds of those around it, and in a picture what was drawn before.
  const behind = (element, box) => {
    const layers = [];
    for (let one = element; one; one = one.parentElement) {
      const style = getComputedStyle(one);
      const color = parse(style.backgroundColor);
      if (style.backgroundImage !== 'none') {
        problem('contrast', 'an image is behind it', element);
      }
      if (color && color.a > 0) {
        layers.push(color);
        if (color.a === 1) {
          break;
        }
      }
    }
    let color = layers.reverse().reduce((below, top) => over(top, below), canvas);
    const picture = element.ownerSVGElement;
    for (const shape of picture ? picture.querySelectorAll('rect') : []) {
      const place = shape.getBoundingClientRect();
      if (shape !== element && isVisible(shape)
          && shape.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING
          && place.left < box.right && box.left < place.right
          && place.top < box.bottom && box.top < place.bottom) {
        const fill = paint(shape);
        color = fill ? over(fill, color) : color;
      }
    }
    return color;
  };
  const opacity = element => {
    let product = 1;
    for (let one = element; one; one = one.parentElement) {
      product *= +getComputedStyle(one).opacity;
    }
    return product;
  };
  const paint = shape => {
    const style = getComputedStyle(shape);
    const fill = parse(style.fill);
    return fill ? {...fill, a: fill.a * style.fillOpacity * opacity(shape)} : null;
  };

  // the checks

  const width = when => {
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) {
      problem('width', when + ' it scrolls: ' + root.scrollWidth + ' in ' + root.clientWidth);
      for (const element of document.body.querySelectorAll('*')) {
        if (isVisible(element) && element.getBoundingClientRect().right > root.clientWidth + 1) {
          problem('width', when + ' it is too wide', element);
        }
      }
    }
  };

  const texts = () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      if (!node.data.trim() || !isVisible(element)) {
        continue;
      }
      range.selectNodeContents(node);
      const box = range.getBoundingClientRect();
      if (box.width === 0 || box.height === 0) {
        continue;
      }
      const style = getComputedStyle(element);
      if (parseFloat(style.fontSize) < SMALLEST_TEXT) {
        problem('size', style.fontSize, element);
      }
      const isDrawn = element.ownerSVGElement && element.closest('text');
      const color = parse(isDrawn ? style.fill : style.color);
      const back = behind(element, box);
      const value = color
        ? contrast(over({...color, a: color.a * opacity(element)}, back), back) : 0;
      if (value < LEAST_CONTRAST_OF_TEXT) {
        problem('contrast', 'text ' + value.toFixed(2), element);
      }
    }
  };

  const shapes = () => {
    // A shape is seen by what fills it or by its edge. What lies on a shape of a fold shows how dense it is.
    const drawn = 'svg .bar:not(.all ~ .bar), svg use.g, svg rect.all';
    for (const shape of document.querySelectorAll(drawn)) {
      if (isVisible(shape)) {
        const back = behind(shape, {left: 0, right: 0, top: 0, bottom: 0});
        const style = getComputedStyle(shape);
        const fill = paint(shape);
        const edge = parseFloat(style.strokeWidth) >= 1 ? parse(style.stroke) : null;
        const value = Math.max(
          fill ? contrast(over(fill, back), back) : 0, edge ? contrast(over(edge, back), back) : 0);
        if (value < LEAST_CONTRAST_OF_SHAPES) {
          problem('contrast', 'shape ' + value.toFixed(2), shape);
        }
      }
    }
  };

  const labels = () => {
    for (const picture of document.querySelectorAll('svg')) {
      const all = [...picture.querySelectorAll('text')].filter(isVisible);
      all.forEach((one, i) => {
        const box = one.getBoundingClientRect();
        if (box.left < 0 || box.right > document.documentElement.clientWidth) {
          problem('label', 'it is cut at the edge', one);
        }
        for (const other of all.slice(i + 1)) {
          const place = other.getBoundingClientRect();
          if (place.left < box.right && box.left < place.right
              && place.top + 1 < box.bottom && box.top < place.bottom - 1) {
            problem('label', 'it overlaps ' + name(other), one);
          }
        }
      });
    }
  };

  const links = () => {
    for (const link of document.querySelectorAll('a')) {
      const to = link.getAttribute('href') || '#';
      if (to.startsWith('#') && !document.getElementById(to.slice(1))) {
        problem('link', 'it leads nowhere: ' + to, link);
      }
    }
  };

  // Follows each link within the page, at most so many.
  const jumps = most => {
    for (const link of [...document.querySelectorAll('a[href^="#"]')].slice(0, most)) {
      link.click();
      const target = document.querySelector(':target');
      const box = target ? target.getBoundingClientRect() : null;
      const top = box ? Math.max(box.top, 0) + 1 : 0;
      const seen = box ? document.elementFromPoint(box.left + Math.min(box.width, innerWidth) / 2, top) : null;
      if (!box || box.top >= innerHeight || box.bottom <= 0) {
        problem('link', 'its target is not shown', link);
      } else if (seen && !target.contains(seen) && !seen.contains(target)) {
        problem('link', 'its target is behind ' + name(seen), link);
      }
    }
  };

  const focusable = () =>
    [...document.querySelectorAll('a, summary, button, input, select, textarea, [tabindex]')]
      .filter(isVisible);

  return {
    // All that can be seen at once. The details that are closed are opened, but for paper.
    problems(isPrint) {
      width('at first');
      if (!isPrint) {
        document.querySelectorAll('details').forEach(one => (one.open = true));
        width('opened');
      }
      texts();
      shapes();
      labels();
      links();
      if (document.scripts.length) {
        problem('script', 'the page has one');
      }
      return found;
    },

    // Where links lead that leave the page.
    files() {
      return [...document.querySelectorAll('a:not([href^="#"])')].map(link => link.href);
    },

    jumps(most) {
      jumps(most);
      return found;
    },

    // What is wrong with the element that has the focus.
    focus() {
      const element = document.activeElement;
      const before = (window.focused = window.focused || []);
      before.push(element);
      const style = getComputedStyle(element);
      const outline = parse(style.outlineColor);
      if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) {
        problem('focus', 'it is not seen', element);
      } else if (!outline || contrast(outline, behind(element, element.getBoundingClientRect())) < 3) {
        problem('focus', 'its outline is faint', element);
      }
      const box = element.getClientRects()[0];
      const seen = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
      if (!seen || !(element.contains(seen) || seen.contains(element))) {
        problem('focus', 'it is behind ' + (seen ? name(seen) : 'the edge'), element);
      }
      return found;
    },

    isFocusOut() {
      return document.activeElement === document.body
        || (window.focused || []).includes(document.activeElement);
    },

    // What never had the focus, and whether it went from top to bottom.
    unfocused() {
      const before = window.focused || [];
      for (const element of focusable()) {
        if (!before.includes(element)) {
          problem('focus', 'the keyboard does not reach it', element);
        }
      }
      before.slice(1).forEach((element, i) => {
        if (before[i].compareDocumentPosition(element) & Node.DOCUMENT_POSITION_PRECEDING) {
          problem('focus', 'it comes after what follows it', element);
        }
      });
      return found;
    },
  };
})()
