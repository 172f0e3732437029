/** The code files of the project and what they import, as the rules of lint see it: relative imports, types included. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { PROJECT } from '../support/scratch.ts';

export interface Import {
  /** The path of a file in the project, or the name of a package or builtin. */
  readonly to: string;
  readonly type: boolean;
}

export interface CodeFile {
  readonly path: string;
  /** Not counting blank ones, as the lint rule. */
  readonly lines: number;
  readonly imports: readonly Import[];
}

const LEFT_OUT = new Set(['node_modules', 'runs', 'coverage', '__pycache__']);

/** Every TypeScript, JavaScript and Python file; imports are read of the first two. */
export const readCode = (): CodeFile[] =>
  listFiles('')
    .filter((path) => /\.(ts|mts|mjs|cjs|js|py)$/.test(path))
    .map((path) => {
      const text = readFileSync(join(PROJECT, path), 'utf8');
      const lines = text.split('\n').filter((line) => line.trim() !== '').length;
      return { path, lines, imports: path.endsWith('.py') ? [] : readImports(path, text) };
    });

function listFiles(folder: string): string[] {
  return readdirSync(join(PROJECT, folder), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.') || LEFT_OUT.has(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return listFiles(path);
    return entry.isFile() ? [path] : [];
  });
}

function readImports(path: string, text: string): Import[] {
  const found: Import[] = [];
  const add = (name: ts.Node | undefined, type: boolean) => {
    if (!name || !ts.isStringLiteral(name)) return;
    found.push({ to: name.text.startsWith('.') ? join(dirname(path), name.text) : name.text, type });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isOfTypes(node));
    if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.ES2022));
  return found;
}

/** `import type`, or braces in which every name is a type. */
function isOfTypes({ importClause }: ts.ImportDeclaration): boolean {
  if (!importClause) return false;
  if (importClause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const { name, namedBindings } = importClause;
  return (
    !name && !!namedBindings && ts.isNamedImports(namedBindings) && namedBindings.elements.every((e) => e.isTypeOnly)
  );
}
