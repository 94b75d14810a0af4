// Stands for the parts of Markdown that the package takes from elsewhere and does not bring: exports have none.
export default () => {};
