/**
 * The exchanges on every driver that is quick: each reply is as expected, as the table says, and as its schema says; and together
 * they show everything that the table owes. `npm run coverage:api` does the same on all drivers, and writes down what they show.
 */
import { measure } from '../programs/coverage/measuring.ts';
import { drivers } from '../support/stores.ts';

drivers.forEach(measure);
