global using Afterimage.Generators.Model;
