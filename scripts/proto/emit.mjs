// Emits one TypeScript module for one .proto file. See generate-proto.mjs.
import { relative } from 'node:path';
import protobuf from 'protobufjs';

const SCALARS = {
  string: { ts: 'string', zero: "''", wire: 2 },
  bytes: { ts: 'Uint8Array', zero: 'EMPTY', wire: 2 },
  bool: { ts: 'boolean', zero: 'false', wire: 0 },
  int32: { ts: 'number', zero: '0', wire: 0 },
  uint32: { ts: 'number', zero: '0', wire: 0 },
  int64: { ts: 'bigint', zero: '0n', wire: 0 },
  uint64: { ts: 'bigint', zero: '0n', wire: 0 },
  double: { ts: 'number', zero: '0', wire: 1 },
};

/** The generated name: nested types are joined by an underscore. */
function nameOf(type) {
  const parts = [type.name];
  for (let up = type.parent; up instanceof protobuf.Type; up = up.parent) parts.unshift(up.name);
  return parts.join('_');
}

const doc = (comment, indent = '') => {
  if (!comment) return '';
  const lines = comment.split('\n');
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join('\n')}\n${indent} */\n`;
};

/** All message types and enums that a file defines, outermost first. */
function definitions(root, file) {
  const types = [];
  const enums = [];
  const services = [];
  const visit = (space) => {
    for (const item of space.nestedArray ?? []) {
      if (item instanceof protobuf.Type) {
        if (item.filename === file || item.parent instanceof protobuf.Type) types.push(item);
      } else if (item instanceof protobuf.Enum) {
        if (item.filename === file || (item.parent instanceof protobuf.Type && item.parent.filename === file))
          enums.push(item);
      } else if (item instanceof protobuf.Service && item.filename === file) services.push(item);
      if (item instanceof protobuf.Namespace && !(item instanceof protobuf.Service)) {
        if (!(item instanceof protobuf.Type) || item.filename === file) visit(item);
      }
    }
  };
  visit(root);
  return { types, enums, services };
}

class Emitter {
  constructor(file, target, top) {
    this.file = file;
    this.target = target;
    this.top = top;
    this.foreign = new Map(); // module -> Map(name -> type only?)
    this.needs = new Set();
  }

  /** The name by which this module knows a message or enum, imported if foreign. */
  ref(type, typeOnly) {
    const name = nameOf(type);
    let owner = type;
    while (!owner.filename) owner = owner.parent;
    if (owner.filename === this.file) return name;
    const path = relative(this.top, owner.filename);
    let module;
    for (const [pattern, specifier] of Object.entries(this.target.imports)) {
      const expression = new RegExp(`^${pattern.replace(/[.]/g, '\\.').replace('*', '(.*)')}$`);
      const match = expression.exec(path);
      if (match) module = specifier.replace('*', match[1] ?? '');
    }
    if (!module) throw new Error(`${this.target.proto}: no import for ${path}`);
    const names = this.foreign.get(module) ?? new Map();
    names.set(name, (names.get(name) ?? true) && typeOnly);
    this.foreign.set(module, names);
    return name;
  }

  valueType(field) {
    const scalar = SCALARS[field.type];
    if (scalar) return scalar.ts;
    field.resolve();
    return this.ref(field.resolvedType, field.resolvedType instanceof protobuf.Enum);
  }

  isMessage(field) {
    field.resolve();
    return field.resolvedType instanceof protobuf.Type;
  }

  optional(field) {
    return this.isMessage(field) || field.options?.proto3_optional === true;
  }

  interfaceOf(type) {
    let text = `${doc(type.comment)}export interface ${nameOf(type)} {\n`;
    for (const field of type.fieldsArray) {
      text += doc(field.comment, '  ');
      const value = this.valueType(field);
      if (field.map) text += `  ${field.name}: Record<string, ${value}>;\n`;
      else if (field.repeated) text += `  ${field.name}: ${value}[];\n`;
      else if (this.optional(field)) text += `  ${field.name}?: ${value} | undefined;\n`;
      else text += `  ${field.name}: ${value};\n`;
    }
    return `${text}}\n`;
  }

  write(field, value, writer) {
    switch (field.type) {
      case 'int64':
        this.needs.add('toLong');
        return `${writer}.int64(toLong(${value}))`;
      case 'uint64':
        this.needs.add('toULong');
        return `${writer}.uint64(toULong(${value}))`;
      default:
        if (SCALARS[field.type]) return `${writer}.${field.type}(${value})`;
        return this.isMessage(field)
          ? `${this.valueType(field)}.write(${value}, ${writer}.fork()).ldelim()`
          : `${writer}.int32(${value})`;
    }
  }

  wire(field) {
    if (SCALARS[field.type]) return SCALARS[field.type].wire;
    return this.isMessage(field) ? 2 : 0;
  }

  zero(field) {
    return SCALARS[field.type]?.zero ?? '0';
  }

  encodeField(field) {
    const m = `m.${field.name}`;
    const tag = (field.id << 3) | this.wire(field);
    if (field.map) {
      const valueTag = (2 << 3) | this.wire(field);
      return `    if (${m}) for (const [k, v] of Object.entries(${m})) {\n      if (v === undefined) continue;\n      w.uint32(${(field.id << 3) | 2}).fork().uint32(10).string(k);\n      ${this.write(field, 'v', `w.uint32(${valueTag})`)}.ldelim();\n    }\n`;
    }
    if (field.repeated) {
      const packed = this.wire(field) !== 2;
      if (packed) {
        return `    if (${m}?.length) {\n      w.uint32(${(field.id << 3) | 2}).fork();\n      for (const v of ${m}) ${this.write(field, 'v', 'w')};\n      w.ldelim();\n    }\n`;
      }
      return `    if (${m}) for (const v of ${m}) ${this.write(field, 'v', `w.uint32(${tag})`)};\n`;
    }
    const write = this.write(field, m, `w.uint32(${tag})`);
    if (this.optional(field)) return `    if (${m} != null) ${write};\n`;
    if (field.type === 'bytes') return `    if (${m}?.length) ${write};\n`;
    return field.type === 'bool' || field.type === 'string' ? `    if (${m}) ${write};\n` : `    if (${m}) ${write};\n`;
  }

  read(field, reader) {
    switch (field.type) {
      case 'int64':
        this.needs.add('fromLong');
        return `fromLong(${reader}.int64())`;
      case 'uint64':
        this.needs.add('fromULong');
        return `fromULong(${reader}.uint64())`;
      default:
        if (SCALARS[field.type]) return `${reader}.${field.type}()`;
        return this.isMessage(field)
          ? `${this.valueType(field)}.read(${reader}, ${reader}.uint32())`
          : `${reader}.int32() as ${this.valueType(field)}`;
    }
  }

  decodeField(field) {
    const m = `m.${field.name}`;
    const tag = (field.id << 3) | this.wire(field);
    if (field.map) {
      this.needs.add('readEntry');
      return `        case ${(field.id << 3) | 2}:\n          readEntry(r, ${m}, () => ${this.read(field, 'r')}, ${this.isMessage(field) ? `${this.valueType(field)}.create()` : `${this.zero(field)}${this.enumCast(field)}`});\n          break;\n`;
    }
    if (field.repeated) {
      let text = `        case ${tag}:\n          ${m}.push(${this.read(field, 'r')});\n          break;\n`;
      if (this.wire(field) !== 2) {
        text += `        case ${(field.id << 3) | 2}:\n          for (const to = r.uint32() + r.pos; r.pos < to; ) ${m}.push(${this.read(field, 'r')});\n          break;\n`;
      }
      return text;
    }
    return `        case ${tag}:\n          ${m} = ${this.read(field, 'r')};\n          break;\n`;
  }

  enumCast(field) {
    return SCALARS[field.type] || this.isMessage(field) ? '' : ` as ${this.valueType(field)}`;
  }

  createField(field) {
    const i = `i?.${field.name}`;
    if (field.map)
      return this.isMessage(field)
        ? `mapEntries(${i}, ${this.valueType(field)}.create)`
        : `{ ...${i} } as Record<string, ${this.valueType(field)}>`;
    if (field.repeated)
      return this.isMessage(field) ? `${i}?.map(${this.valueType(field)}.create) ?? []` : `[...(${i} ?? [])]`;
    if (this.isMessage(field)) return `${i} != null ? ${this.valueType(field)}.create(${i}) : undefined`;
    if (this.optional(field)) return i;
    return `${i} ?? ${this.zero(field)}`;
  }

  codecOf(type) {
    const name = nameOf(type);
    const fields = type.fieldsArray;
    for (const field of fields) if (field.type === 'bytes') this.needs.add('EMPTY');
    for (const field of fields) if (field.map && this.isMessage(field)) this.needs.add('mapEntries');
    const full = type.fullName.replace(/^\./, '');
    return `export const ${name}: Codec<${name}> = defineCodec<${name}>({
  name: '${full}',
  create: (${fields.length ? 'i' : '_i'}?: Init<${name}>): ${name} => ({
${fields.map((field) => `    ${field.name}: ${this.createField(field)},\n`).join('')}  }),
  write(${fields.length ? 'm' : '_m'}: Init<${name}>, w: Writer): Writer {
${fields.map((field) => this.encodeField(field)).join('')}    return w;
  },
  read(r: Reader, length: number): ${name} {
    const end = r.pos + length;
    const m = ${name}.create();
    while (r.pos < end) {
      const tag = r.uint32();
      switch (tag) {
${fields.map((field) => this.decodeField(field)).join('')}        default:
          r.skipType(tag & 7);
      }
    }
    return m;
  },
});
`;
  }

  enumOf(type) {
    const name = nameOf(type);
    const values = Object.entries(type.values)
      .map(([key, value]) => `${doc(type.comments?.[key], '  ')}  ${key}: ${value},\n`)
      .join('');
    return `${doc(type.comment)}export const ${name} = {\n${values}} as const;\nexport type ${name} = (typeof ${name})[keyof typeof ${name}];\n`;
  }

  serviceOf(service) {
    const full = service.fullName.replace(/^\./, '');
    const methods = service.methodsArray
      .map((method) => {
        method.resolve();
        const request = this.ref(method.resolvedRequestType, false);
        const response = this.ref(method.resolvedResponseType, false);
        const traits = [`name: '${method.name}'`, `request: ${request}`, `response: ${response}`];
        if (method.responseStream) traits.push('responseStream: true');
        if (method.options?.idempotency_level) traits.push('idempotent: true');
        return `${doc(method.comment, '    ')}    ${method.name[0].toLowerCase()}${method.name.slice(1)}: { ${traits.join(', ')} },\n`;
      })
      .join('');
    return `${doc(service.comment)}export const ${service.name} = {\n  name: '${full}',\n  methods: {\n${methods}  },\n} as const;\n`;
  }
}

/** The whole text of the module that stands for `target.proto`. */
export function emitFile(root, target, top) {
  const file = `${top}/${target.proto}`;
  const { types, enums, services } = definitions(root, file);
  const own = types.filter((type) => {
    let owner = type;
    while (!owner.filename) owner = owner.parent;
    return owner.filename === file;
  });
  const emitter = new Emitter(file, target, top);
  const body = [
    ...enums.map((type) => emitter.enumOf(type)),
    ...own.map((type) => `${emitter.interfaceOf(type)}${emitter.codecOf(type)}`),
    ...services.map((service) => emitter.serviceOf(service)),
  ].join('\n');
  const needs = [...emitter.needs].sort();
  const typeNames = own.length ? 'Codec, Init, Reader, Writer' : '';
  let head = `// Generated from ${target.proto} by scripts/generate-proto.mjs; do not edit.\n`;
  if (own.length)
    head += `import type { ${typeNames} } from '${target.codec}';\nimport { ${['defineCodec', ...needs].join(', ')} } from '${target.codec}';\n`;
  for (const [module, names] of [...emitter.foreign].sort()) {
    const list = [...names].sort().map(([name, typeOnly]) => (typeOnly ? `type ${name}` : name));
    head += `import { ${list.join(', ')} } from '${module}';\n`;
  }
  return `${head}\n${body}`;
}
