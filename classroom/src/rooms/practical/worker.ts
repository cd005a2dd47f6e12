import { expose } from 'comlink';
import { PracticalDesk } from './desk.ts';

expose(new PracticalDesk());
