/* global SwaggerUIBundle */
SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  tryItOutEnabled: false,
  // No spec is sent anywhere to be judged.
  validatorUrl: null,
});
