// arguments: role, name, text of what it must stand within (or null).
// Answers {element} of the first control that has them and can be seen, or {instead: names of what is there}.
const [role, name, within] = arguments;
const selectors = {
  button: 'button, input[type=submit], input[type=button], [role=button]',
  link: 'a[href]',
  field: 'input:not([type=hidden]):not([type=submit]):not([type=button]):not([type=checkbox]):not([type=radio]), textarea',
  list: 'select',
  tick: 'input[type=checkbox], input[type=radio]',
  summary: 'summary',
};
const plain = (text) => (text || '').replace(/\s+/g, ' ').trim();
const texts = (ids) => plain(ids.split(/\s+/).map((id) => document.getElementById(id)?.textContent).join(' '));
const called = (element) =>
  (element.getAttribute('aria-labelledby') && texts(element.getAttribute('aria-labelledby'))) ||
  plain(element.getAttribute('aria-label')) ||
  // A label that wraps a list holds its options too: the label's own words count.
  (element.labels?.length && plain([...element.labels].map((label) => {
    const copy = label.cloneNode(true);
    copy.querySelectorAll('select, input, textarea, button').forEach((inner) => inner.remove());
    return copy.textContent;
  }).join(' '))) ||
  (element.tagName === 'INPUT' ? plain(element.value) : plain(element.textContent)) ||
  plain(element.getAttribute('title'));
const seen = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
let scopes = [document];
if (within !== null) {
  const holds = [...document.querySelectorAll('tr, li, form, section, article, details, dialog')]
    .filter((element) => plain(element.textContent).includes(within));
  // The innermost first.
  scopes = holds.filter((element) => !holds.some((other) => other !== element && element.contains(other)));
  // A control may stand beside what names it: then the next larger ones count.
  for (const element of [...holds].reverse()) if (!scopes.includes(element)) scopes.push(element);
}
const names = new Set();
for (const scope of scopes) {
  for (const element of scope.querySelectorAll(selectors[role])) {
    if (!seen(element)) continue;
    const its = called(element);
    if (its === name) return { element };
    names.add(its);
  }
}
return { instead: [...names] };
