/** `var`, `let` and `const` inside functions. */
import type { LocalDeclaration } from '../syntax/ast.ts';
import type { Context, Operand } from './context.ts';
import { checkConst, checkValue } from './expressions.ts';
import { concretize, expectType, toExpression } from './operand.ts';
import { ADDRESS_SPACES } from './predeclared.ts';
import type { LetDeclaration, Statement, Variable } from './program.ts';
import { isConstructible, resolveEnumerant, resolveType, storeTypeProblem } from './resolve.ts';
import { type Type, typeName } from './types.ts';

/** The name becomes known after its own initializer. */
export function checkLocal(ctx: Context, statement: LocalDeclaration): Statement | null {
  switch (statement.keyword) {
    case 'const':
      return checkLocalConst(ctx, statement);
    case 'let':
      return checkLet(ctx, statement);
    case 'var':
      return checkVar(ctx, statement);
  }
}

function checkLocalConst(ctx: Context, { name, type: typeExpression, initializer }: LocalDeclaration): null {
  if (!initializer) ctx.fail(name, `the const '${name.name}' needs a value`);
  const wanted = typeExpression ? resolveType(ctx, typeExpression) : null;
  let operand = checkConst(ctx, initializer, `the initializer of the const '${name.name}'`);
  if (wanted) operand = expectType(ctx, operand, wanted, `the initializer of '${name.name}'`);
  const value = operand.value as NonNullable<Operand['value']>;
  ctx.declare(name.name, name, { kind: 'const', name: name.name, type: operand.type, value });
  return null;
}

/** The initializer with the declared type, or with its own type made concrete. */
function typedInitializer(ctx: Context, statement: LocalDeclaration, wanted: Type | null): Operand | null {
  if (!statement.initializer) return null;
  const operand = checkValue(ctx, statement.initializer);
  return wanted
    ? expectType(ctx, operand, wanted, `the initializer of '${statement.name.name}'`)
    : concretize(ctx, operand);
}

function checkLet(ctx: Context, statement: LocalDeclaration): Statement {
  const { name } = statement;
  const wanted = statement.type ? resolveType(ctx, statement.type) : null;
  const operand = typedInitializer(ctx, statement, wanted);
  if (!operand) ctx.fail(name, `the let '${name.name}' needs a value`);
  const { type } = operand;
  if (type.kind !== 'pointer' && type.kind !== 'texture' && !isConstructible(type)) {
    ctx.fail(name, `a let cannot hold a value of type '${typeName(type)}'`);
  }
  const declaration: LetDeclaration = { kind: 'let', name: name.name, pos: statement.start, type };
  ctx.declare(name.name, name, { kind: 'let', declaration });
  return { kind: 'declareLet', pos: statement.start, declaration, initializer: toExpression(operand) };
}

function checkVar(ctx: Context, statement: LocalDeclaration): Statement {
  const { name, templateArgs, start } = statement;
  if (templateArgs) {
    const space = resolveEnumerant(ctx, templateArgs[0], ADDRESS_SPACES, 'an address space');
    if (space !== 'function') {
      ctx.fail(
        templateArgs[0],
        `a variable in a function is in the address space 'function', not '${space}'`,
      );
    }
    if (templateArgs.length > 1) ctx.fail(templateArgs[1], "only 'storage' variables take an access mode");
  }
  const wanted = statement.type ? resolveType(ctx, statement.type) : null;
  const operand = typedInitializer(ctx, statement, wanted);
  const storeType = wanted ?? operand?.type;
  if (!storeType) ctx.fail(name, `the var '${name.name}' needs a type or an initializer`);
  const problem = storeTypeProblem('function', storeType, 'read_write');
  if (problem) ctx.fail(statement.type ?? name, problem);
  const variable: Variable = {
    kind: 'variable',
    name: name.name,
    pos: start,
    addressSpace: 'function',
    access: 'read_write',
    storeType,
    binding: null,
    initialValue: null,
    addressTaken: false,
    assigned: false,
  };
  ctx.declare(name.name, name, { kind: 'variable', variable });
  return {
    kind: 'declareVariable',
    pos: start,
    variable,
    initializer: operand ? toExpression(operand) : null,
  };
}
