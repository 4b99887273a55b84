import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { renderTemplate, writeList } from '../src/index.js';

const both = ['10.1.0.0/24', 'fd00:1::/64'];

test('a template names the first CIDR, all of them, and their default routes', () => {
  assert.equal(renderTemplate('"subnet": "{{.PodCIDR}}"', both), '"subnet": "10.1.0.0/24"');
  const ranges = '[{{range $i, $range := .PodCIDRRanges}}{{if $i}}, {{end}}[{"subnet": "{{$range}}"}]{{end}}]';
  assert.equal(renderTemplate(ranges, both), '[[{"subnet": "10.1.0.0/24"}], [{"subnet": "fd00:1::/64"}]]');
  const routes = '[{{range $i, $route := .Routes}}{{if $i}},{{end}}{"dst":"{{$route}}"}{{end}}]';
  assert.equal(renderTemplate(routes, both), '[{"dst":"0.0.0.0/0"},{"dst":"::/0"}]');
  assert.equal(renderTemplate('{{range .Routes}}<{{.}}>{{end}}', both), '<0.0.0.0/0><::/0>');
  assert.equal(renderTemplate('{{range $one := .Routes}}{{$one}} {{end}}', both), '0.0.0.0/0 ::/0 ');
});

test('a template has alternatives, comments and trims as Go’s have', () => {
  const template = 'a  {{- /* no word */ -}}  b{{range $i, $r := .Routes}}{{if $i}}+{{else}}-{{end}}{{end}}';
  assert.equal(renderTemplate(template, both), 'ab-+');
  assert.equal(renderTemplate('{{if .Routes}}some{{else}}none{{end}}', both), 'some');
  assert.equal(renderTemplate('{{ .PodCIDR }} {"a": {"b": 1}}', both), '10.1.0.0/24 {"a": {"b": 1}}');
});

test('what a template says that is not understood is named with its line', () => {
  for (const [template, message] of [
    ['a\nb {{.Nothing}}', /line 2: \{\{\.Nothing\}\}/],
    ['{{printf "%s" .PodCIDR}}', /line 1: \{\{printf/],
    ['{{range .Routes}}', /line 1: \{\{range \.Routes\}\} has no/],
    ['{{end}}', /line 1: \{\{end\}\}/],
    ['{{range $i, $r := .Routes}}{{end}}{{$r}}', /\{\{\$r\}\}/],
    ['{{.}}', /\{\{\.\}\}/],
  ] as const) {
    assert.throws(() => renderTemplate(template, both), { code: 'INVALID_CONFIG', message });
  }
});

const list = (subnet: string): string =>
  JSON.stringify({ cniVersion: '1.0.0', name: 'pods', plugins: [{ type: 'bridge', ipam: { subnet } }] });

function directory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'slipway-cni-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

test('a list is written once, as a whole, and only where it differs', async (t) => {
  const confDir = join(directory(t), 'net.d');
  const inode = (): number => statSync(join(confDir, '10-x.conflist')).ino;
  assert.equal(await writeList(confDir, '10-x.conflist', list('10.1.0.0/24')), true);
  const first = inode();
  assert.equal(await writeList(confDir, '10-x.conflist', list('10.1.0.0/24')), false);
  assert.equal(inode(), first);
  assert.equal(await writeList(confDir, '10-x.conflist', list('10.2.0.0/24')), true);
  assert.equal(readFileSync(join(confDir, '10-x.conflist'), 'utf8'), list('10.2.0.0/24'));
  assert.deepEqual(readdirSync(confDir), ['10-x.conflist']);
});

test('what is no CNI list is not written, and a failed write leaves nothing', async (t) => {
  const confDir = directory(t);
  await assert.rejects(writeList(confDir, '10-x.conflist', '{"name": '), { code: 'INVALID_CONFIG' });
  await assert.rejects(writeList(confDir, '10-x.conflist', '{}'), { code: 'INVALID_CONFIG' });
  mkdirSync(join(confDir, '20-x.conflist'));
  await assert.rejects(writeList(confDir, '20-x.conflist', list('10.1.0.0/24')));
  assert.deepEqual(readdirSync(confDir), ['20-x.conflist']);
});
