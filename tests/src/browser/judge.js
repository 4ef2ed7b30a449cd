// Answers a list of what is wrong with the page as it stands. Each check follows a rule of WCAG 2.2 AA, or the content
// policy that the page is served with.
const problems = [];
const plain = (text) => (text || '').replace(/\s+/g, ' ').trim();
const brief = (element) => {
  const html = element.outerHTML.replace(/\s+/g, ' ');
  return html.length > 140 ? html.slice(0, 140) + '…' : html;
};
const all = (selector) => [...document.querySelectorAll(selector)];
const visible = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });

// ---- the document
const lang = document.documentElement.lang;
if (!['en', 'zh-CN', 'zh', 'zh-Hans'].includes(lang)) problems.push(`<html lang="${lang}">`);
if (!plain(document.title)) problems.push('no <title>');
if (!document.querySelector('meta[name=viewport]')) problems.push('no viewport');
if (document.doctype === null) problems.push('no doctype');
if (all('main').length !== 1) problems.push(`${all('main').length} <main>`);
const first = all('h1');
if (first.length !== 1) problems.push(`${first.length} h1`);
let level = 0;
for (const heading of all('h1, h2, h3, h4, h5, h6').filter(visible)) {
  const its = Number(heading.tagName[1]);
  if (its > level + 1 && level > 0) problems.push(`h${its} after h${level}: ${plain(heading.textContent)}`);
  if (!plain(heading.textContent)) problems.push('a heading without words');
  level = its;
}
const ids = new Map();
for (const element of all('[id]')) ids.set(element.id, (ids.get(element.id) || 0) + 1);
for (const [id, times] of ids) if (times > 1) problems.push(`id ${id} ${times} times`);
for (const attribute of ['for', 'aria-labelledby', 'aria-describedby', 'aria-controls', 'list']) {
  for (const element of all(`[${attribute}]`)) {
    for (const id of element.getAttribute(attribute).split(/\s+/)) {
      if (!document.getElementById(id)) problems.push(`${attribute}="${id}" leads nowhere: ${brief(element)}`);
    }
  }
}

// ---- tables and pictures
for (const table of all('table')) {
  if (!plain(table.caption?.textContent)) problems.push(`a table without caption: ${brief(table)}`);
  for (const head of table.querySelectorAll('th')) {
    if (!['col', 'row', 'colgroup', 'rowgroup'].includes(head.scope)) problems.push(`a th without scope: ${brief(head)}`);
  }
}
for (const image of all('img')) if (!image.hasAttribute('alt')) problems.push(`no alt: ${brief(image)}`);
for (const drawing of all('svg')) {
  if (drawing.parentElement.closest('svg') || drawing.getAttribute('aria-hidden') === 'true') continue;
  // A drawing that holds links is a group of them.
  const role = drawing.querySelector('a[href]') ? 'group' : 'img';
  if (drawing.getAttribute('role') !== role || !plain(drawing.getAttribute('aria-label'))) {
    problems.push(`an svg without role="${role}" and aria-label: ${brief(drawing)}`);
  }
}

// ---- the content policy: nothing inline, nothing from elsewhere
for (const element of all('*')) {
  for (const attribute of element.attributes) {
    if (attribute.name === 'style' || /^on/.test(attribute.name)) problems.push(`${attribute.name}=: ${brief(element)}`);
    if (/^\s*javascript:/i.test(attribute.value)) problems.push(`javascript: ${brief(element)}`);
  }
}
if (all('style').length) problems.push('an inline <style>');
for (const script of all('script')) {
  if (!script.src && script.type !== 'application/json') problems.push(`an inline script: ${brief(script)}`);
}
for (const element of all('script[src], link[href], img[src], iframe[src], object[data], source[src]')) {
  const address = new URL(element.src || element.href || element.data, location.href);
  if (address.protocol !== 'data:' && address.origin !== location.origin) problems.push(`from elsewhere: ${brief(element)}`);
}
for (const form of all('form')) {
  if (new URL(form.action, location.href).origin !== location.origin) problems.push(`a form that goes elsewhere: ${brief(form)}`);
}

// ---- width: the page does not scroll sideways
const wide = document.documentElement.scrollWidth;
if (wide > innerWidth) {
  const beyond = (element) => element.getBoundingClientRect().right > innerWidth + 0.5;
  // A part that scrolls by itself may be as wide as it likes inside.
  const scrolls = (element) => element.closest('*') && [...ancestors(element)].some((outer) =>
    /(auto|scroll|hidden|clip)/.test(getComputedStyle(outer).overflowX));
  const guilty = all('body *').filter((element) => visible(element) && beyond(element) && !scrolls(element));
  problems.push(`scrolls sideways: ${wide} of ${innerWidth} pixels: ${guilty.slice(0, 3).map(brief).join(' | ')}`);
}
function* ancestors(element) {
  for (let outer = element.parentElement; outer && outer !== document.documentElement; outer = outer.parentElement) yield outer;
}

// ---- size of what is touched (2.5.8): 24 by 24 pixels, unless it stands in running text
for (const control of all('button, input:not([type=hidden]), select, textarea, summary')) {
  if (!visible(control)) continue;
  const box = control.getBoundingClientRect();
  const label = control.labels?.[0]?.getBoundingClientRect();
  const large = (it) => it && it.width >= 23.5 && it.height >= 23.5;
  if (box.width > 1 && !large(box) && !large(label)) {
    problems.push(`too small to touch (${Math.round(box.width)} × ${Math.round(box.height)}): ${brief(control)}`);
  }
}

// ---- contrast (1.4.3): 4.5 to 1, or 3 to 1 for large text
const parse = (text) => {
  const numbers = (text.match(/-?[\d.]+(?:e-?\d+)?%?/g) || []).map((part) => parseFloat(part));
  if (/^color\(srgb/.test(text)) return [numbers[0] * 255, numbers[1] * 255, numbers[2] * 255, numbers[3] ?? 1];
  if (/^rgba?\(/.test(text)) return [numbers[0], numbers[1], numbers[2], numbers[3] ?? 1];
  return null;
};
const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
// Whatever notation the browser answers in (oklch, lab, color-mix): painted, and looked at.
const colour = (text) => {
  const simple = parse(text);
  if (simple) return simple;
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = '#000';
  canvas.fillStyle = text;
  canvas.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
  return [red, green, blue, alpha / 255];
};
const over = (top, ground) => {
  const alpha = top[3] + ground[3] * (1 - top[3]);
  if (alpha === 0) return [0, 0, 0, 0];
  const mix = (at) => (top[at] * top[3] + ground[at] * ground[3] * (1 - top[3])) / alpha;
  return [mix(0), mix(1), mix(2), alpha];
};
const grounds = new Map();
const ground = (element) => {
  if (!element) return getComputedStyle(document.documentElement).colorScheme.includes('dark') &&
    matchMedia('(prefers-color-scheme: dark)').matches ? [18, 18, 18, 1] : [255, 255, 255, 1];
  if (grounds.has(element)) return grounds.get(element);
  const style = getComputedStyle(element);
  let its;
  if (style.backgroundImage !== 'none') {
    its = null;
  } else {
    const own = colour(style.backgroundColor);
    if (own[3] >= 1) its = own;
    else {
      const below = ground(element.parentElement);
      its = below && over(own, below);
    }
  }
  grounds.set(element, its);
  return its;
};
const luminance = ([red, green, blue]) => {
  const linear = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
};
const told = new Set();
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node = walker.nextNode(); node; node = walker.nextNode()) {
  const element = node.parentElement;
  if (!plain(node.data) || !element || ['SCRIPT', 'STYLE', 'NOSCRIPT', 'TITLE', 'OPTION', 'DESC'].includes(element.tagName.toUpperCase())) continue;
  if (!visible(element) || element.closest(':disabled, [aria-disabled=true]')) continue;
  const range = document.createRange();
  range.selectNodeContents(node);
  const box = range.getBoundingClientRect();
  // What only screen readers are told has no colour.
  if (box.width < 2 || box.height < 2 || element.closest('.visually-hidden')) continue;
  const style = getComputedStyle(element);
  const drawn = element instanceof SVGElement;
  const below = ground(drawn ? element.closest('svg').parentElement : element);
  if (!below) continue;
  let ink = colour(drawn ? style.fill : style.color);
  let opacity = 1;
  for (let outer = element; outer; outer = outer.parentElement) opacity *= parseFloat(getComputedStyle(outer).opacity);
  ink = over([ink[0], ink[1], ink[2], ink[3] * opacity], below);
  const [light, dark] = [luminance(ink), luminance(below)].sort((one, other) => other - one);
  const ratio = (light + 0.05) / (dark + 0.05);
  const size = parseFloat(style.fontSize);
  const large = size >= 24 || (size >= 18.66 && parseInt(style.fontWeight) >= 700);
  if (ratio < (large ? 3 : 4.5) - 0.01) {
    const what = `contrast ${ratio.toFixed(2)} (${style.color} on rgb(${below.slice(0, 3).map(Math.round)}))`;
    const where = `${element.tagName.toLowerCase()}.${element.getAttribute('class') || ''}`;
    if (!told.has(what + where)) problems.push(`${what}: ${where} “${plain(node.data).slice(0, 40)}”`);
    told.add(what + where);
  }
}
return problems;
