// Numbers modules in their order. What the bundler does otherwise, numbers from hashes of names, gives
// the entry another number in each folder: its name has the path of this checkout in it.
module.exports = { optimization: { moduleIds: 'natural' } };
