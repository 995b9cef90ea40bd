export default (request, response) => void response.json(request.body);
