// @ts-check
/** The app of the hosts with Nest, written without the decorators of TypeScript. */
import 'reflect-metadata';
import { Body, Controller, Get, Module, Post } from '@nestjs/common';

class AppController {
  other() {
    return 'other';
  }

  /** @param {unknown} body */
  json(body) {
    return body;
  }
}

/**
 * What `@Decorator()` before a method does.
 * @param {MethodDecorator} decorator
 * @param {keyof AppController} name
 */
function decorate(decorator, name) {
  const descriptor = Object.getOwnPropertyDescriptor(AppController.prototype, name);
  decorator(AppController.prototype, name, /** @type {PropertyDescriptor} */ (descriptor));
}

decorate(Get('other'), 'other');
decorate(Post('json'), 'json');
Body()(AppController.prototype, 'json', 0);
Controller()(AppController);

export class AppModule {}
Module({ controllers: [AppController] })(AppModule);
