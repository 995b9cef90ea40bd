/** The package jose, which signs tokens and checks them. */
import { peer } from '../peer.ts';

export const loadJose = peer('jose', 'tokens', () => import('jose'));
