export default (_request, response) => void response.end('other');
