import type { Component } from './components.js';

/**
 * A bill of materials as CycloneDX 1.5 JSON (ecma-international.org, ECMA-424): what is bundled, by package URL. It has
 * neither a serial number nor the time of the build: the same tree has the same bill.
 */
export function billOfMaterials(
  slipway: { version: string; architecture: string; epoch: number },
  components: readonly Component[],
): string {
  const reference = `slipway@${slipway.version}`;
  const parts = components.map(({ name, version, license }) => ({
    type: name === 'node' ? 'application' : 'library',
    'bom-ref': purl(name, version),
    name,
    version,
    licenses: [/ (AND|OR|WITH) /.test(license) ? { expression: license } : { license: { id: license } }],
    purl: purl(name, version),
  }));
  const bill = {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: {
      timestamp: new Date(slipway.epoch * 1000).toISOString(),
      component: {
        type: 'application',
        'bom-ref': reference,
        name: 'slipway',
        version: slipway.version,
        licenses: [{ license: { id: 'Apache-2.0' } }],
        properties: [{ name: 'architecture', value: slipway.architecture }],
      },
    },
    components: parts,
    dependencies: [{ ref: reference, dependsOn: parts.map((part) => part['bom-ref']) }],
  };
  return `${JSON.stringify(bill, null, 2)}\n`;
}

/** See github.com/package-url/purl-spec; Node itself is no npm package, though npm carries it. */
function purl(name: string, version: string): string {
  return name === 'node' ? `pkg:generic/node@${version}` : `pkg:npm/${name.replace('@', '%40')}@${version}`;
}
