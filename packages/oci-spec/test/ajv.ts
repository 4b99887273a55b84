import { createRequire } from 'node:module';

/** What the schema test uses of ajv, whose CommonJS types NodeNext cannot construct. */
export interface AjvDraft04 {
  addSchema(schema: object): void;
  compile(
    schema: object,
  ): ((value: unknown) => boolean) & { errors?: { instancePath: string; message?: string }[] | null };
}
type Constructor = new (options: object) => AjvDraft04;

const loaded = createRequire(import.meta.url)('ajv-draft-04') as Constructor & { default?: Constructor };
export const Ajv: Constructor = loaded.default ?? loaded;
