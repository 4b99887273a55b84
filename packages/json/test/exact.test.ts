import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseExact, stringifyExact } from '../src/index.js';

test('integers beyond 2^53 keep their digits, others are numbers', () => {
  const text =
    '{"max":18446744073709551615,"min":-9223372036854775808,"odd":9007199254740993,"small":9007199254740991,"one":1}';
  const value = parseExact(text);
  assert.deepEqual(value, {
    max: 18446744073709551615n,
    min: -9223372036854775808n,
    odd: 9007199254740993n,
    small: 9007199254740991,
    one: 1,
  });
  assert.equal(stringifyExact(value), text);
});

test('fractions, exponents and texts are what JSON.parse makes of them', () => {
  const text =
    '[0.12345678901234567890,1.5e0000000000000000001,1e-20,"9007199254740993","a\\"9007199254740993",1e400,' +
    '{"9007199254740993":"\\\\"},12345678901234567.5,9007199254740993]';
  const plain = JSON.parse(text) as unknown[];
  assert.deepEqual(parseExact(text), [...plain.slice(0, -1), 9007199254740993n]);
});

test('what is no JSON is refused, also with long numbers', () => {
  for (const bad of [
    '',
    '{',
    '{9007199254740993:1}',
    '[09007199254740993]',
    '[9007199254740993',
    '[9007199254740993 1]',
  ])
    assert.throws(() => parseExact(bad), SyntaxError, bad);
});

test('any value with integers of 64 bits comes back', () => {
  const integers = fc.oneof(
    fc
      .bigInt(-(2n ** 63n), 2n ** 64n - 1n)
      .map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value)),
    fc.integer(),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      integers,
      fc.string({ unit: 'binary' }),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(
        fc.string().filter((key) => key !== '__proto__'),
        tie('tree'),
        { maxKeys: 4, noNullPrototype: true },
      ),
    ),
  }));
  fc.assert(fc.property(tree, (value) => assert.deepEqual(parseExact(stringifyExact(value)), value)));
});
