import { describe, expect, test } from 'vitest';
import { EXAMPLE_BASE, exampleApp } from './example';

const at = (address: string) => decodeURIComponent(address.replace(EXAMPLE_BASE, ''));

describe('a selection', () => {
  test('is in the address, one step for each change, and undone by going back', async () => {
    const { app, bar } = await exampleApp('?lang=en');
    app.selection.toggle('role', 'de');
    app.selection.toggle('role', 'da');
    app.selection.setRange('2023-06-01', null);
    expect(at(bar.location.href)).toBe('?role=de&role=da&from=2023-06-01&lang=en');
    app.selection.toggle('role', 'de');
    expect(app.selection.values('role')).toEqual(['da']);
    bar.go(-1);
    expect(app.selection.values('role')).toEqual(['de', 'da']);
    bar.go(-1);
    expect(app.selection.range()).toEqual({ from: null, to: null });
    bar.go(1);
    expect(app.selection.range().from).toBe('2023-06-01');
    expect(bar.steps).toHaveLength(5);
  });

  test('takes a time that is chosen twice back', async () => {
    const { app, bar } = await exampleApp('?from=2020-01-01');
    app.selection.toggleRange('2021-01-01', '2021-12-31');
    expect(at(bar.location.href)).toBe('?from=2021-01-01&to=2021-12-31');
    app.selection.toggleRange('2021-01-01', '2021-12-31');
    expect(app.selection.range()).toEqual({ from: null, to: null });
  });

  test('leaves parameters of others alone', async () => {
    const { app, bar } = await exampleApp('?keywords_as=percent&utm=x&role=de');
    app.selection.set('role', []);
    expect(at(bar.location.href)).toBe('?keywords_as=percent&utm=x');
    expect(app.selection.isEmpty).toBe(true);
  });

  test('asks the API for nothing but filters', async () => {
    const { app } = await exampleApp('?lang=en&utm=x&role=zzz&build=abc&from=bad');
    expect(app.selection.query().toString()).toBe('role=zzz');
  });

  test('is compared, swapped, and not compared any longer', async () => {
    const { app, bar } = await exampleApp('?role=de');
    expect(app.selection.comparing).toBe(false);
    app.selection.compare('role', ['web_back']);
    expect(at(bar.location.href)).toBe('?role=de&vs.role=web_back');
    expect(app.selection.sideQuery('b').toString()).toBe('role=web_back');
    app.selection.swap();
    expect(at(bar.location.href)).toBe('?role=web_back&vs.role=de');
    app.selection.stopComparing();
    expect(at(bar.location.href)).toBe('?role=web_back');
  });

  test('clears its filters and stays on its build', async () => {
    const { app, bar } = await exampleApp('?role=de&vs.role=da&q=x&build=7&grain=week&lang=ko');
    app.selection.clear();
    expect(at(bar.location.href)).toBe('?build=7&grain=week&lang=ko');
    app.selection.pin(null);
    expect(at(bar.location.href)).toBe('?grain=week&lang=ko');
  });

  test('makes one step of a text while it is typed, until the field is left', async () => {
    const { app, bar } = await exampleApp('?role=de');
    for (const text of ['J', 'Ja', 'Java']) app.selection.setText(text);
    expect(bar.steps.map(at)).toEqual(['?role=de', '?role=de&q=Java']);
    app.selection.endText();
    app.selection.setText('Python');
    app.selection.toggle('role', 'da');
    app.selection.setText('');
    expect(bar.steps.slice(2).map(at)).toEqual([
      '?role=de&q=Python',
      '?role=de&role=da&q=Python',
      '?role=de&role=da',
    ]);
  });

  test('does not make a step for what is chosen already', async () => {
    const { app, bar } = await exampleApp('?role=de');
    app.selection.set('role', ['de']);
    app.selection.setText('  ');
    expect(bar.steps).toHaveLength(1);
  });
});

describe('links', () => {
  test('to another page keep the selection and the language, not what only the page knew', async () => {
    const { app } = await exampleApp('skills?role=de&vs.role=da&lang=en&keywords_as=percent');
    expect(app.route.page).toBe('skills');
    expect(app.route.href('regions')).toBe('/sub/regions?role=de&vs.role=da&lang=en');
    expect(app.route.href('overview')).toBe('/sub/?role=de&vs.role=da&lang=en');
  });
});

describe('the route', () => {
  test.each([
    ['', 'overview', null],
    ['?role=de', 'overview', null],
    ['sql', 'sql', null],
    ['nowhere', null, null],
    ['sql/', 'sql', null],
    ['sql/x', null, null],
    ['index.html', 'overview', null],
    ['embed/roles?lang=en', 'embed', 'roles'],
    ['embed/', null, null],
    ['embed/roles/', 'embed', 'roles'],
    ['embed/roles/x', null, null],
    ['%E0%A4%A', null, null],
  ])('%s', async (path, page, embed) => {
    const { app } = await exampleApp(path);
    expect([app.route.page, app.route.embed]).toEqual([page, embed]);
  });

  test('goes to a page and back', async () => {
    const { app, bar } = await exampleApp('?role=de&lang=en');
    app.url.push(app.route.href('time'));
    expect(at(bar.location.href)).toBe('time?role=de&lang=en');
    expect(app.route.page).toBe('time');
    bar.go(-1);
    expect(app.route.page).toBe('overview');
  });

  test('knows its own pages, below its base only', async () => {
    const { app } = await exampleApp();
    const knows = (address: string) => app.route.knows(new URL(address, EXAMPLE_BASE));
    expect(['', 'skills?role=de', 'sql'].map(knows)).toEqual([true, true, true]);
    expect(['/skills', 'api/v1/build', 'embed/roles', 'assets/a.js'].map(knows)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});

test('values are named in the reader’s language, others keep their names', async () => {
  const { app } = await exampleApp('?lang=en');
  expect(app.label('role', 'de')).toBe('Data engineer');
  expect(app.label('role', 'constructor')).toBe('constructor');
  expect(app.label('district', '서울 강남구')).toBe('Seoul 강남구');
  expect(app.label('nothing', 'x')).toBe('x');
  expect(app.dimensionLabel('role')).toBe('Role');
});
