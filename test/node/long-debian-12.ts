// The long form of the node lane on Debian 12.
import { bookworm } from './recipe.js';
import { wholeNode } from './whole-node.js';

wholeNode('Debian 12, kernel 6.1', bookworm);
